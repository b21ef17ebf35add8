import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Input, Select } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { Device, DeviceInput, DevicePatch } from "../../api/types.ts";
import type { TextKey } from "../../i18n/dictionary.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { TemplateSelect } from "../../ui/template-select.tsx";
import { bodyOf, type DeviceDraft, draftOf, faultsOf } from "./device-draft.ts";
import { withTemplate } from "./from-template.ts";
import { LimitsGrid } from "./limits-grid.tsx";

const fields = [
  ["device_id", "device.id"],
  ["device_name", "device.name"],
  ["device_type", "device.type"],
  ["factory_id", "device.factory"],
  ["line_id", "device.line"],
  ["location", "device.location"],
  ["model", "device.model"],
  ["manufacturer", "device.manufacturer"],
  ["install_date", "device.installed"],
] as const satisfies readonly (readonly [keyof DeviceDraft, TextKey])[];

/** Registers a device, or changes one; the limits stand where they are seen. */
export function DeviceForm(props: { device: Device | null; onClose: () => void }) {
  const { device, onClose } = props;
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(device));
  const [tried, setTried] = useState(false);
  const faults = faultsOf(draft);
  const save = async (): Promise<void> => {
    setTried(true);
    if (faults.length > 0) return;
    const body = bodyOf(draft, device);
    const done = t(device === null ? "device.created" : "device.saved", {
      device: draft.device_id,
    });
    const action = () =>
      device === null
        ? change.createDevice(body as DeviceInput)
        : change.patchDevice(device.device_id, body as DevicePatch);
    if (!(await write(action, done))) return;
    for (const name of ["devices", "device", "statuses", "summary"]) {
      void client.invalidateQueries({ queryKey: [name] });
    }
    onClose();
  };
  return (
    <Drawer
      open
      size={880}
      title={device === null ? t("devices.new") : device.device_id}
      onClose={onClose}
      footer={
        <div className="row">
          <Button type="primary" onClick={() => void save()}>
            {device === null ? t("devices.new") : t("action.save")}
          </Button>
          <Button onClick={onClose}>{t("action.back")}</Button>
        </div>
      }
    >
      <div className="column">
        {device === null && (
          <TemplateSelect onChoose={(template) => setDraft(withTemplate(draft, template))} />
        )}
        <Facts
          draft={draft}
          setDraft={setDraft}
          faults={tried ? faults : []}
          isNew={device === null}
        />
        <h3>{t("device.limits")}</h3>
        <p className="muted small">{t("device.limits_note")}</p>
        <LimitsGrid
          metrics={draft.metrics}
          faults={faults}
          onChange={(metrics) => setDraft({ ...draft, metrics })}
        />
      </div>
    </Drawer>
  );
}

function Facts(props: {
  draft: DeviceDraft;
  setDraft: (draft: DeviceDraft) => void;
  faults: readonly string[];
  isNew: boolean;
}) {
  const { draft, setDraft, faults, isNew } = props;
  const t = useText();
  return (
    <div className="form-grid">
      {fields.map(([name, text]) => (
        <Field key={name} label={t(text)}>
          {(id) => (
            <Input
              id={id}
              value={draft[name]}
              disabled={name === "device_id" && !isNew}
              maxLength={name.endsWith("_id") ? 50 : 100}
              onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
              {...(faults.includes(name) ? { status: "error" as const } : {})}
            />
          )}
        </Field>
      ))}
      <Field label={t("device.criticality")} note={t("device.criticality_note")}>
        {(id) => (
          <Select
            id={id}
            value={draft.criticality}
            onChange={(criticality) => setDraft({ ...draft, criticality })}
            options={(["A", "B", "C"] as const).map((value) => ({ value, label: value }))}
          />
        )}
      </Field>
    </div>
  );
}
