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

interface Answers {
  readonly alarm: Verdict["alarm"] | null;
  readonly cause: FaultCategory | null;
  readonly fix: Verdict["fix"] | null;
  readonly note: string;
  readonly hours: number | null;
  readonly reason: string;
}

/** Three questions and one button: four taps close an order. */
export function CloseOut(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const run = useOrderMove(order);
  const active = useAlarmActive(order.trace_id);
  const [answers, setAnswers] = useState<Answers>({
    alarm: null,
    cause: null,
    fix: null,
    note: "",
    hours: order.actual_hours,
    reason: "",
  });
  const { alarm, cause, fix, note, hours } = answers;
  const reason = answers.reason.trim();
  const set = (part: Partial<Answers>): void => setAnswers({ ...answers, ...part });
  const missing = alarm === null || cause === null || fix === null || (active && reason === "");
  const close = (): void => {
    if (alarm === null || cause === null || fix === null) return;
    const body = {
      verdict: { alarm, cause, fix, note },
      actual_hours: hours,
      ...(reason === "" ? {} : { reason }),
    };
    void run("complete", t("close.done", { order: order.order_no }), body);
  };
  return (
    <Panel title={t("close.title")} className="close-out no-print">
      <div className="column">
        <Questions answers={answers} set={set} assumed={order.fault_category} />
        <Extras answers={answers} set={set} active={active} />
        <Button type="primary" size="large" block disabled={missing} onClick={close}>
          {t("close.do", { order: order.order_no })}
        </Button>
      </div>
    </Panel>
  );
}

interface AnswersProps {
  readonly answers: Answers;
  readonly set: (part: Partial<Answers>) => void;
}

function Questions(props: AnswersProps & { assumed: FaultCategory }) {
  const { answers, set, assumed } = props;
  const t = useText();
  const word = useWord();
  return (
    <>
      <Question
        label={t("close.alarm")}
        value={answers.alarm}
        onChange={(alarm) => set({ alarm })}
        options={alarms.map((value) => ({ value, label: t(`close.alarm_${value}`) }))}
      />
      <Question
        label={t("close.cause")}
        value={answers.cause}
        onChange={(cause) => set({ cause })}
        options={causesOf(assumed).map((value) => ({ value, label: word("fault", value) }))}
      />
      <Question
        label={t("close.fix")}
        value={answers.fix}
        onChange={(fix) => set({ fix })}
        options={fixes.map((value) => ({ value, label: t(`close.fix_${value}`) }))}
      />
    </>
  );
}

function Extras(props: AnswersProps & { active: boolean }) {
  const { answers, set, active } = props;
  const t = useText();
  return (
    <>
      {active && (
        <Field label={t("close.active")}>
          {(id) => (
            <Input
              id={id}
              maxLength={500}
              value={answers.reason}
              onChange={(event) => set({ reason: event.target.value })}
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
              value={answers.note}
              onChange={(event) => set({ note: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("order.actual")}>
          {(id) => (
            <InputNumber
              id={id}
              min={0}
              step={0.5}
              value={answers.hours}
              onChange={(value) => set({ hours: value })}
              suffix="h"
            />
          )}
        </Field>
      </div>
    </>
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
