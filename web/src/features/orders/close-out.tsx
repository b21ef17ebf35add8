import { useQuery } from "@tanstack/react-query";
import { Button, Input, InputNumber, Radio } from "antd";
import { useState } from "react";
import { type FaultCategory, faultCategories } from "../../../../src/model/diagnosis.ts";
import type { Verdict } from "../../../../src/model/work-order.ts";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Field } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useOrderMove } from "./order-actions.tsx";

const alarms = ["right", "wrong", "unclear"] as const;
const fixes = ["repair", "replacement", "adjustment", "cleaning", "none"] as const;

/** Three questions and one button: four taps close an order. */
export function CloseOut(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const word = useWord();
  const run = useOrderMove(order);
  const [alarm, setAlarm] = useState<Verdict["alarm"] | null>(null);
  const [cause, setCause] = useState<FaultCategory | null>(null);
  const [fix, setFix] = useState<Verdict["fix"] | null>(null);
  const [note, setNote] = useState("");
  const [hours, setHours] = useState<number | null>(order.actual_hours);
  const [reason, setReason] = useState("");
  const active = useAlarmActive(order.trace_id);
  const missing =
    alarm === null || cause === null || fix === null || (active && reason.trim() === "");
  const close = (): void => {
    if (alarm === null || cause === null || fix === null) return;
    const verdict = { alarm, cause, fix, note };
    const body = {
      verdict,
      actual_hours: hours,
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    };
    void run("complete", t("close.done", { order: order.order_no }), body);
  };
  return (
    <Panel title={t("close.title")} className="close-out no-print">
      <div className="column">
        <Question
          label={t("close.alarm")}
          value={alarm}
          onChange={setAlarm}
          options={alarms.map((value) => ({ value, label: t(`close.alarm_${value}`) }))}
        />
        <Question
          label={t("close.cause")}
          value={cause}
          onChange={setCause}
          options={causesOf(order.fault_category).map((value) => ({
            value,
            label: word("fault", value),
          }))}
        />
        <Question
          label={t("close.fix")}
          value={fix}
          onChange={setFix}
          options={fixes.map((value) => ({ value, label: t(`close.fix_${value}`) }))}
        />
        {active && (
          <Field label={t("close.active")}>
            {(id) => (
              <Input
                id={id}
                maxLength={500}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        )}
        <div className="form-grid">
          <Field label={t("close.note")}>
            {(id) => (
              <Input
                id={id}
                maxLength={4000}
                value={note}
                onChange={(event) => setNote(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("order.actual")}>
            {(id) => (
              <InputNumber
                id={id}
                min={0}
                step={0.5}
                value={hours}
                onChange={setHours}
                suffix="h"
              />
            )}
          </Field>
        </div>
        <Button type="primary" size="large" block disabled={missing} onClick={close}>
          {t("close.do", { order: order.order_no })}
        </Button>
      </div>
    </Panel>
  );
}

/** All causes, the assumed one first: it is one tap away. */
function causesOf(assumed: FaultCategory): readonly FaultCategory[] {
  return [assumed, ...faultCategories.filter((each) => each !== assumed)];
}

function useAlarmActive(traceId: string | null): boolean {
  const alert = useQuery({
    queryKey: keys.alert(traceId ?? ""),
    queryFn: () => read.alert(traceId ?? ""),
    enabled: traceId !== null,
    retry: false,
  });
  return alert.data?.active ?? false;
}

function Question<V extends string>(props: {
  label: string;
  value: V | null;
  onChange: (value: V) => void;
  options: { value: V; label: string }[];
}) {
  return (
    <fieldset className="question">
      <legend>{props.label}</legend>
      <Radio.Group
        size="large"
        optionType="button"
        value={props.value}
        onChange={(event) => props.onChange(event.target.value as V)}
        options={props.options}
      />
    </fieldset>
  );
}
