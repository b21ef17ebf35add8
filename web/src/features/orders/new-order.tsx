import { useQuery, useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { type Severity, severities } from "../../../../src/model/alarm.ts";
import type { WorkOrderType } from "../../../../src/model/work-order.ts";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";

interface Draft {
  readonly device: string;
  readonly text: string;
  readonly priority: Severity;
  readonly type: WorkOrderType;
}

/** An order that a person writes without an alarm. */
export function NewOrder(props: { onClose: () => void }) {
  const t = useText();
  const write = useWrite();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>({
    device: "",
    text: "",
    priority: "P2",
    type: "PLANNED",
  });
  const { device, text, priority, type } = draft;
  const save = async (): Promise<void> => {
    const body = { device_id: device, description: text, priority, order_type: type };
    await write(async () => {
      const made = await change.createOrder(body);
      void client.invalidateQueries({ queryKey: ["orders"] });
      void navigate(`/orders/${made.order_no}`);
    });
  };
  return (
    <Modal
      open
      title={t("order_new.title")}
      onCancel={props.onClose}
      footer={[
        <Button key="no" onClick={props.onClose}>
          {t("action.back")}
        </Button>,
        <Button
          key="ok"
          type="primary"
          disabled={device === "" || text.trim() === ""}
          onClick={() => void save()}
        >
          {t("order_new.do")}
        </Button>,
      ]}
    >
      <OrderFields draft={draft} set={(part) => setDraft({ ...draft, ...part })} />
    </Modal>
  );
}

function OrderFields(props: { draft: Draft; set: (part: Partial<Draft>) => void }) {
  const { draft, set } = props;
  const t = useText();
  const statuses = useQuery({ queryKey: keys.statuses(), queryFn: read.statuses });
  const devices = (statuses.data?.items ?? [])
    .filter((each) => each.device_id.toLowerCase().includes(draft.device.toLowerCase()))
    .slice(0, 20)
    .map((each) => ({ value: each.device_id }));
  const types = ["EMERGENCY", "PLANNED", "INSPECTION"] as const;
  return (
    <div className="column">
      <Field label={t("order_new.device")}>
        {(id) => (
          <AutoComplete
            id={id}
            value={draft.device}
            onChange={(device) => set({ device })}
            options={devices}
          />
        )}
      </Field>
      <Field label={t("order_new.text")}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={3}
            maxLength={4000}
            value={draft.text}
            onChange={(event) => set({ text: event.target.value })}
          />
        )}
      </Field>
      <div className="form-grid">
        <Field label={t("order.priority")}>
          {(id) => (
            <Select
              id={id}
              value={draft.priority}
              onChange={(priority) => set({ priority })}
              options={severities.map((value) => ({ value, label: value }))}
            />
          )}
        </Field>
        <Field label={t("order.type")}>
          {(id) => (
            <Select
              id={id}
              value={draft.type}
              onChange={(type) => set({ type })}
              options={types.map((value) => ({ value, label: t(`order_type.${value}`) }))}
            />
          )}
        </Field>
      </div>
    </div>
  );
}
