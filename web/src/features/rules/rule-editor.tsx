import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Input, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { severities } from "../../../../src/model/alarm.ts";
import { change } from "../../api/endpoints.ts";
import type { Rule } from "../../api/types.ts";
import type { TextKey } from "../../i18n/dictionary.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { PastTrial } from "./past-trial.tsx";

const modes = ["STARTING", "RUNNING", "STOPPING", "STANDBY", "STOPPED", "MAINTENANCE"] as const;
const scopes = ["device_id", "device_type", "line_id"] as const;
const scopeTexts: Readonly<Record<(typeof scopes)[number], TextKey>> = {
  device_id: "rule.scope_device",
  device_type: "rule.scope_type",
  line_id: "rule.scope_line",
};

type Draft = Pick<
  Rule,
  | "name"
  | "text"
  | "condition"
  | "severity"
  | "scope"
  | "modes"
  | "blank_at_start"
  | "latching"
  | "enabled"
>;

const empty: Draft = {
  name: "",
  text: "temperature > 80 for 30s",
  condition: "composite",
  severity: "P2",
  scope: { device_id: null, device_type: null, line_id: null },
  modes: ["RUNNING"],
  blank_at_start: true,
  latching: false,
  enabled: true,
};

function draftOf(rule: Rule): Draft {
  const {
    name,
    text,
    condition,
    severity,
    scope,
    modes: inModes,
    blank_at_start,
    latching,
    enabled,
  } = rule;
  return {
    name,
    text,
    condition,
    severity,
    scope,
    modes: inModes,
    blank_at_start,
    latching,
    enabled,
  };
}

/** A rule is checked while it is written; the column of an error is shown under the text. */
export function RuleEditor(props: { rule: Rule | null; onClose: () => void }) {
  const { rule, onClose } = props;
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => (rule === null ? empty : draftOf(rule)));
  const set = (part: Partial<Draft>): void => setDraft((old) => ({ ...old, ...part }));
  const save = async (): Promise<void> => {
    const action = () =>
      rule === null ? change.createRule(draft) : change.putRule(rule.rule_id, draft);
    if (!(await write(action, t("rule.saved")))) return;
    void client.invalidateQueries({ queryKey: ["rules"] });
    onClose();
  };
  return (
    <Drawer
      open
      size={720}
      title={
        rule === null
          ? t("rules.new")
          : `${rule.name} · ${t("rule.version", { version: rule.version })}`
      }
      onClose={onClose}
      footer={
        <div className="row">
          <Button
            type="primary"
            disabled={
              draft.name.trim() === "" || draft.text.trim() === "" || draft.modes.length === 0
            }
            onClick={() => void save()}
          >
            {t(rule === null ? "rule.create" : "rule.save")}
          </Button>
          <Button onClick={onClose}>{t("action.back")}</Button>
        </div>
      }
    >
      <div className="column">
        <Field label={t("rule.name")}>
          {(id) => (
            <Input
              id={id}
              value={draft.name}
              maxLength={100}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
        <RuleText draft={draft} set={set} />
        <Details draft={draft} set={set} />
        <PastTrial
          ruleId={rule?.rule_id ?? "new"}
          trial={draft}
          ready={draft.text.trim() !== "" && draft.modes.length > 0}
        />
      </div>
    </Drawer>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly set: (part: Partial<Draft>) => void;
}

function RuleText({ draft, set }: PartProps) {
  const t = useText();
  const text = useDeferredValue(draft.text);
  const check = useQuery({
    queryKey: ["rule-check", text, draft.scope.device_id],
    queryFn: () => change.validateRule(text, draft.scope.device_id),
    enabled: text.trim() !== "",
    placeholderData: (previous) => previous,
    retry: false,
  });
  const error = check.data?.error ?? null;
  return (
    <Field label={t("rule.text")} note={t("rule.help")}>
      {(id) => (
        <>
          <Input.TextArea
            id={id}
            className="mono"
            rows={4}
            maxLength={2000}
            spellCheck={false}
            value={draft.text}
            onChange={(event) => set({ text: event.target.value })}
            aria-describedby={`${id}-check`}
            {...(error === null ? {} : { status: "error" as const })}
          />
          <div id={`${id}-check`} role="status">
            {error !== null ? (
              <Fault text={text} column={error.column} message={error.message} />
            ) : (
              check.data?.ok === true && <span className="muted small">✓ {t("rule.valid")}</span>
            )}
          </div>
        </>
      )}
    </Field>
  );
}

/** The text once more, with the place of the error marked. */
function Fault(props: { text: string; column: number; message: string }) {
  const t = useText();
  const at = Math.max(0, props.column - 1);
  return (
    <>
      <pre className="mono rule-fault">
        {props.text.slice(0, at)}
        <mark>{props.text.slice(at, at + 1) || "␣"}</mark>
        {props.text.slice(at + 1)}
      </pre>
      <span className="form-error">
        {t("rule.error_at", { column: props.column, message: props.message })}
      </span>
    </>
  );
}

function Details({ draft, set }: PartProps) {
  const t = useText();
  const word = useWord();
  return (
    <>
      <div className="form-grid">
        <Field label={t("rule.condition")}>
          {(id) => (
            <Input
              id={id}
              value={draft.condition}
              maxLength={50}
              onChange={(event) => set({ condition: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("rule.severity")}>
          {(id) => (
            <Select
              id={id}
              value={draft.severity}
              onChange={(severity) => set({ severity })}
              options={severities.map((value) => ({ value, label: value }))}
            />
          )}
        </Field>
        {scopes.map((name) => (
          <Field key={name} label={t(scopeTexts[name])}>
            {(id) => (
              <Input
                id={id}
                value={draft.scope[name] ?? ""}
                maxLength={50}
                onChange={(event) =>
                  set({
                    scope: {
                      ...draft.scope,
                      [name]: event.target.value === "" ? null : event.target.value,
                    },
                  })
                }
              />
            )}
          </Field>
        ))}
      </div>
      <fieldset className="rule-modes">
        <legend>{t("rule.modes")}</legend>
        <Checkbox.Group
          value={draft.modes}
          onChange={(chosen) => set({ modes: chosen as Draft["modes"] })}
          options={modes.map((value) => ({ value, label: word("mode", value) }))}
        />
      </fieldset>
      <div className="row">
        {(["enabled", "blank_at_start", "latching"] as const).map((name) => (
          <Checkbox
            key={name}
            checked={draft[name]}
            onChange={(event) => set({ [name]: event.target.checked })}
          >
            {t(name === "blank_at_start" ? "rule.blank" : `rule.${name}`)}
          </Checkbox>
        ))}
      </div>
    </>
  );
}
