import { useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { roles } from "../../../../src/model/access.ts";
import { change } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { ApiKeyCreated } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { CopyBlock } from "../../ui/states.tsx";

const empty = { name: "", role: "ingest", devices: "", expires: "" };

/** Makes a key and shows it once. */
export function NewKey() {
  const t = useText();
  const word = useWord();
  const write = useWrite();
  const client = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const [made, setMade] = useState<ApiKeyCreated | null>(null);
  const set = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const save = async (): Promise<void> => {
    const devices = draft.devices.split(/[\s,，]+/).filter((each) => each !== "");
    const body = {
      name: draft.name.trim(),
      role: draft.role,
      device_ids: devices.length === 0 ? null : devices,
      expires_at: draft.expires === "" ? null : `${draft.expires}T23:59:59Z`,
    };
    if (!(await write(async () => setMade(await change.createKey(body))))) return;
    setDraft(empty);
    await client.invalidateQueries({ queryKey: keys.apiKeys() });
  };
  return (
    <Panel title={t("access.new_key")}>
      <div className="column">
        <div className="form-grid">
          <Field label={t("access.name")}>
            {(id) => (
              <Input
                id={id}
                maxLength={100}
                value={draft.name}
                onChange={(e) => set({ name: e.target.value })}
              />
            )}
          </Field>
          <Field label={t("access.role")}>
            {(id) => (
              <Select
                id={id}
                value={draft.role}
                onChange={(role) => set({ role })}
                options={[...roles]
                  .reverse()
                  .map((value) => ({ value, label: word("role", value) }))}
              />
            )}
          </Field>
          <Field label={t("access.devices")}>
            {(id) => (
              <Input
                id={id}
                value={draft.devices}
                onChange={(e) => set({ devices: e.target.value })}
              />
            )}
          </Field>
          <Field label={t("access.expires")}>
            {(id) => (
              <Input
                id={id}
                type="date"
                value={draft.expires}
                onChange={(e) => set({ expires: e.target.value })}
              />
            )}
          </Field>
        </div>
        <Button
          type="primary"
          className="fit"
          disabled={draft.name.trim() === ""}
          onClick={() => void save()}
        >
          {t("access.make_key")}
        </Button>
      </div>
      {made !== null && <Shown made={made} onClose={() => setMade(null)} />}
    </Panel>
  );
}

function Shown(props: { made: ApiKeyCreated; onClose: () => void }) {
  const t = useText();
  const use =
    props.made.role === "ingest"
      ? `export IAI_KEY=${props.made.key}\ncurl -X POST ${location.origin}/api/v1/readings -H "Authorization: Bearer $IAI_KEY" -H "Content-Type: application/json" -d "{\\"device_id\\":\\"PUMP_01\\",\\"timestamp\\":$(date +%s)000,\\"temperature\\":45.3,\\"vibration\\":0.22}"`
      : `curl ${location.origin}/api/v1/devices -H "Authorization: Bearer ${props.made.key}"`;
  return (
    <Modal
      open
      closable={false}
      mask={{ closable: false }}
      width={680}
      title={t("access.key_once")}
      footer={
        <Button type="primary" onClick={props.onClose}>
          {t("access.key_done")}
        </Button>
      }
    >
      <div className="column">
        <CopyBlock text={props.made.key} />
        <p className="muted">{t("access.key_use")}</p>
        <CopyBlock text={use} />
      </div>
    </Modal>
  );
}
