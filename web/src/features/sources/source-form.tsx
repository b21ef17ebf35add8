import { Checkbox, Input, Select } from "antd";
import { useText, useWord } from "../../i18n/text.ts";
import { Field } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { contentFields, type FieldSpec, type Shown, specsOf } from "./form-fields.ts";
import { MetricRows } from "./metric-rows.tsx";
import type { SourceDraft } from "./source-draft.ts";

interface FormProps {
  readonly draft: SourceDraft;
  readonly setDraft: (draft: SourceDraft) => void;
  /** Names of the secrets that are kept already. */
  readonly keptSecrets: readonly string[];
}

/** Where the source is, and what is read there. */
export function SourceForm(props: FormProps) {
  const { draft, setDraft } = props;
  const t = useText();
  const set = (name: string, value: string): void =>
    setDraft({ ...draft, fields: { ...draft.fields, [name]: value } });
  const shown: Shown = { draft, set };
  return (
    <>
      <Panel title={t("connect.where")}>
        <div className="form-grid">
          {specsOf(draft.protocol).map((spec) => (
            <OneField key={spec.name} spec={spec} shown={shown} kept={props.keptSecrets} />
          ))}
        </div>
      </Panel>
      {!draft.isStored && (
        <Panel title={t("connect.what")}>
          <div className="column">
            <div className="form-grid">
              {contentFields(draft).map((spec) => (
                <OneField key={spec.name} spec={spec} shown={shown} kept={[]} />
              ))}
            </div>
            <MetricRows draft={draft} setDraft={setDraft} />
          </div>
        </Panel>
      )}
      <Panel title={t(draft.isStored ? "connect.what" : "connect.more")}>
        <More draft={draft} setDraft={setDraft} />
      </Panel>
    </>
  );
}

function OneField(props: { spec: FieldSpec; shown: Shown; kept: readonly string[] }) {
  const { spec, shown, kept } = props;
  const { draft, set } = shown;
  const t = useText();
  const word = useWord();
  const value = draft.fields[spec.name] ?? "";
  if (spec.type === "check")
    return (
      <Checkbox
        checked={value === "true"}
        onChange={(event) => set(spec.name, String(event.target.checked))}
      >
        {t(spec.label)}
      </Checkbox>
    );
  return (
    <Field label={t(spec.label)} {...(spec.note === undefined ? {} : { note: t(spec.note) })}>
      {(id) => {
        if (spec.options !== undefined)
          return (
            <Select
              id={id}
              value={value}
              onChange={(next: string) => set(spec.name, next)}
              options={spec.options.map((each) => ({
                value: each,
                label: word("connect_choice", each),
              }))}
            />
          );
        if (spec.type === "password")
          return (
            <Input.Password
              id={id}
              autoComplete="new-password"
              value={value}
              placeholder={kept.includes("password") ? t("connect.password_kept") : ""}
              onChange={(event) => set(spec.name, event.target.value)}
            />
          );
        return (
          <Input
            id={id}
            value={value}
            spellCheck={false}
            maxLength={500}
            onChange={(event) => set(spec.name, event.target.value)}
          />
        );
      }}
    </Field>
  );
}

/** What the form has no field for, written as in the configuration file. */
function More(props: Pick<FormProps, "draft" | "setDraft">) {
  const { draft, setDraft } = props;
  const t = useText();
  const bad = isBroken(draft.more);
  return (
    <Field label={t("connect.more_label")} note={t("connect.more_note")}>
      {(id) => (
        <>
          <Input.TextArea
            id={id}
            className="mono"
            rows={draft.isStored ? 14 : 3}
            spellCheck={false}
            value={draft.more}
            onChange={(event) => setDraft({ ...draft, more: event.target.value })}
            {...(bad ? { status: "error" as const } : {})}
          />
          {bad && <span className="form-error small">{t("connect.more_bad")}</span>}
        </>
      )}
    </Field>
  );
}

function isBroken(text: string): boolean {
  if (text.trim() === "") return false;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value !== "object" || value === null || Array.isArray(value);
  } catch {
    return true;
  }
}
