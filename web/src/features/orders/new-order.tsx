import { useQuery, useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { type Severity, severities } from "../../../../src/model/alarm.ts";
import type { WorkOrderType } from "../../../../src/model/work-order.ts";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";

/** An order that a person writes without an alarm. */
export function NewOrder(props: { onClose: () => void }) {
  const t = useText();
  const write = useWrite();
  const navigate = useNavigate();
  const client = useQueryClient();
  const statuses = useQuery({ queryKey: keys.statuses(), queryFn: read.statuses });
  const [device, setDevice] = useState("");
  const [text, setText] = useState("");
  const [priority, setPriority] = useState<Severity>("P2");
  const [type, setType] = useState<WorkOrderType>("PLANNED");
  const save = async (): Promise<void> => {
    let made: WorkOrder | null = null;
    const ok = await write(async () => {
      made = await change.createOrder({
        device_id: device,
        description: text,
        priority,
        order_type: type,
      });
    });
    if (!ok || made === null) return;
    void client.invalidateQueries({ queryKey: ["orders"] });
    void navigate(`/orders/${(made as WorkOrder).order_no}`);
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
      <div className="column">
        <Field label={t("order_new.device")}>
          {(id) => (
            <AutoComplete
              id={id}
              value={device}
              onChange={setDevice}
              options={(statuses.data?.items ?? [])
                .filter((each) => each.device_id.toLowerCase().includes(device.toLowerCase()))
                .slice(0, 20)
                .map((each) => ({ value: each.device_id }))}
            />
          )}
        </Field>
        <Field label={t("order_new.text")}>
          {(id) => (
            <Input.TextArea
              id={id}
              rows={3}
              maxLength={4000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <div className="form-grid">
          <Field label={t("order.priority")}>
            {(id) => (
              <Select
                id={id}
                value={priority}
                onChange={setPriority}
                options={severities.map((value) => ({ value, label: value }))}
              />
            )}
          </Field>
          <Field label={t("order.type")}>
            {(id) => (
              <Select
                id={id}
                value={type}
                onChange={setType}
                options={(["EMERGENCY", "PLANNED", "INSPECTION"] as const).map((value) => ({
                  value,
                  label: t(`order_type.${value}`),
                }))}
              />
            )}
          </Field>
        </div>
      </div>
    </Modal>
  );
}
