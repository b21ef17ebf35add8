import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, InputNumber } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import type { Device, DevicePatch } from "../../api/types.ts";
import { now } from "../../app/clock.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { limitsRise, minutesBeyond } from "./limits-effect.ts";

const names = ["ll", "l", "h", "hh"] as const;
const DAY = 86_400_000;

/** Limits of one metric, with what they would have said over the last 24 h. */
export function LimitsEditor(props: { device: Device; metric: string; onClose: () => void }) {
  const { device, metric, onClose } = props;
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const spec = device.metrics[metric];
  const [limits, setLimits] = useState({
    ll: spec?.ll ?? null,
    l: spec?.l ?? null,
    h: spec?.h ?? null,
    hh: spec?.hh ?? null,
  });
  const [since] = useState(() => now() - DAY);
  const day = useQuery({
    queryKey: ["limits-day", device.device_id, metric, since],
    queryFn: () =>
      read.aggregates({
        device_id: device.device_id,
        metric,
        from: since,
        to: since + DAY,
        limit: 2000,
      }),
    retry: false,
  });
  const rise = limitsRise(limits);
  const effect = minutesBeyond(day.data?.items ?? [], limits);
  const save = async (): Promise<void> => {
    const patch = { metrics: { [metric]: limits } } as DevicePatch;
    if (!(await write(() => change.patchDevice(device.device_id, patch), t("limits.saved"))))
      return;
    for (const name of ["device", "devices", "status", "statuses", "summary"]) {
      void client.invalidateQueries({ queryKey: [name] });
    }
    onClose();
  };
  return (
    <div className="limits-editor">
      {names.map((name) => (
        <Field key={name} label={name.toUpperCase()}>
          {(id) => (
            <InputNumber
              id={id}
              size="small"
              value={limits[name]}
              onChange={(value) => setLimits({ ...limits, [name]: value })}
              {...(rise ? {} : { status: "error" as const })}
            />
          )}
        </Field>
      ))}
      <Button size="small" type="primary" disabled={!rise} onClick={() => void save()}>
        {t("action.save")}
      </Button>
      <Button size="small" onClick={onClose}>
        {t("action.back")}
      </Button>
      <span className="small muted" role="status">
        {rise ? t("limits.effect", effect) : t("limits.order")}
      </span>
    </div>
  );
}
