import { useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import type { OperatingMode } from "../../../../src/model/device.ts";
import { change } from "../../api/endpoints.ts";
import type { Device } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { formatDateTime } from "../../ui/number.ts";

const modes: readonly OperatingMode[] = [
  "RUNNING",
  "STARTING",
  "STOPPING",
  "STOPPED",
  "STANDBY",
  "MAINTENANCE",
  "RETIRED",
];

/** The mode with who set it; a change asks for the reason. */
export function ModeControl(props: { device: Device }) {
  const { device } = props;
  const t = useText();
  const word = useWord();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [mode, setMode] = useState<OperatingMode>(device.mode);
  const set = async (reason: string): Promise<boolean> => {
    const ok = await write(() => change.mode(device.device_id, mode, reason));
    for (const name of ["device", "status", "statuses", "devices"]) {
      void client.invalidateQueries({ queryKey: [name] });
    }
    return ok;
  };
  return (
    <>
      <span className="muted small">
        {word("mode", device.mode)} ·{" "}
        {t("device.mode_by", {
          source: device.mode_source,
          time: formatDateTime(Date.parse(device.mode_since)),
        })}
      </span>
      {may("operator") && <Button onClick={() => setOpen(true)}>{t("device.mode_change")}</Button>}
      <Ask
        open={open}
        title={t("device.mode_title", { device: device.device_id })}
        ok={t("device.mode_ok", { mode: word("mode", mode) })}
        needsReason
        onClose={() => setOpen(false)}
        onOk={set}
      >
        <p className="muted">{t("device.mode_note")}</p>
        <Field label={t("device.mode")}>
          {(id) => (
            <Select
              id={id}
              value={mode}
              onChange={setMode}
              options={modes.map((value) => ({ value, label: word("mode", value) }))}
            />
          )}
        </Field>
      </Ask>
    </>
  );
}
