import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Input, InputNumber, Select } from "antd";
import { type ReactNode, useState } from "react";
import { faultCategories } from "../../../../src/model/diagnosis.ts";
import { change } from "../../api/endpoints.ts";
import type { Knowledge } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import {
  bodyOf,
  type DraftText,
  draftOf,
  emptyDraft,
  isComplete,
  type KnowledgeDraft,
  readSigns,
} from "./knowledge-draft.ts";

const longTexts = ["symptoms", "root_cause", "solution", "prevention", "urgency"] as const;
const TEXT_MAX = 4000;

interface Editing {
  readonly draft: KnowledgeDraft;
  readonly set: (patch: Partial<KnowledgeDraft>) => void;
}

/** Writes a new entry, or the next version of one; a text in one language stands for both. */
export function KnowledgeEditor(props: { entry: Knowledge | null; onClose: () => void }) {
  const { entry } = props;
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const language = useLanguage();
  const [draft, setDraft] = useState(() => (entry === null ? emptyDraft : draftOf(entry)));
  const [reason, setReason] = useState("");
  const editing = {
    draft,
    set: (patch: Partial<KnowledgeDraft>) => setDraft({ ...draft, ...patch }),
  };
  const signs = readSigns(draft.signs);
  const save = async (): Promise<void> => {
    if (typeof signs === "number") return;
    const body = bodyOf(draft, signs);
    const done = await write(
      () =>
        entry === null
          ? change.createKnowledge(body)
          : change.putKnowledge(entry.kb_id, {
              ...body,
              source: entry.source,
              status: entry.status,
              superseded_by: entry.superseded_by,
              expected_version: entry.version,
              ...(reason === "" ? {} : { reason }),
            }),
      t("kb.saved"),
    );
    if (!done) return;
    void client.invalidateQueries({ queryKey: ["knowledge"] });
    props.onClose();
  };
  const name = entry === null ? "" : entry.i18n[language].fault_pattern;
  return (
    <Drawer
      open
      size={820}
      title={entry === null ? t("kb.new") : t("kb.edit_title", { name })}
      onClose={props.onClose}
      footer={
        <Button
          type="primary"
          disabled={!isComplete(draft) || typeof signs === "number"}
          onClick={() => void save()}
        >
          {entry === null ? t("kb.save") : t("kb.save_version", { version: entry.version + 1 })}
        </Button>
      }
    >
      <div className="column">
        <Words editing={editing} />
        <Evidence editing={editing} wrongLine={typeof signs === "number" ? signs : null} />
        <Origin editing={editing} />
        {entry !== null && (
          <Line label={t("kb.why")} value={reason} max={500} onChange={setReason} />
        )}
      </div>
    </Drawer>
  );
}

function Words(props: { editing: Editing }) {
  const { draft, set } = props.editing;
  const t = useText();
  const word = useWord();
  return (
    <>
      <div className="form-grid">
        <Line
          label={t("kb.type")}
          value={draft.device_type}
          max={50}
          onChange={(device_type) => set({ device_type })}
        />
        <Field label={t("kb.category")}>
          {(id) => (
            <Select
              id={id}
              value={draft.category}
              onChange={(category) => set({ category })}
              options={faultCategories.map((value) => ({ value, label: word("fault", value) }))}
            />
          )}
        </Field>
      </div>
      <InBoth editing={props.editing} name="fault_pattern" label={t("kb.pattern")} rows={1} />
      <InBoth editing={props.editing} name="component" label={t("kb.component")} rows={1} />
      {longTexts.map((name) => (
        <InBoth key={name} editing={props.editing} name={name} label={t(`kb.${name}`)} rows={3} />
      ))}
    </>
  );
}

function Evidence(props: { editing: Editing; wrongLine: number | null }) {
  const { draft, set } = props.editing;
  const t = useText();
  return (
    <>
      <Lines
        label={t("kb.signs")}
        note={
          props.wrongLine === null ? (
            t("kb.signs_note")
          ) : (
            <span role="alert" className="kb-wrong">
              {t("kb.signs_wrong", { line: props.wrongLine })} · {t("kb.signs_note")}
            </span>
          )
        }
        value={draft.signs}
        rows={5}
        onChange={(signs) => set({ signs })}
      />
      <InBoth
        editing={props.editing}
        name="discriminators"
        label={t("kb.discriminators")}
        note={t("kb.lines_note")}
        rows={3}
      />
      <InBoth
        editing={props.editing}
        name="checks"
        label={t("kb.checks")}
        note={t("kb.lines_note")}
        rows={4}
      />
      <Lines
        label={t("kb.parts")}
        note={t("kb.lines_note")}
        value={draft.parts}
        rows={2}
        onChange={(parts) => set({ parts })}
      />
    </>
  );
}

function Origin(props: { editing: Editing }) {
  const { draft, set } = props.editing;
  const t = useText();
  const line = (
    name: "failure_mode" | "failure_mechanism" | "reference" | "licence",
    label: string,
    max: number,
  ) => (
    <Line
      label={label}
      value={draft[name]}
      max={max}
      onChange={(value) => set({ [name]: value })}
    />
  );
  return (
    <div className="form-grid">
      {line("failure_mode", t("kb.mode"), 20)}
      {line("failure_mechanism", t("kb.mechanism"), 40)}
      <Field label={t("kb.hours")}>
        {(id) => (
          <InputNumber id={id} min={0} value={draft.hours} onChange={(hours) => set({ hours })} />
        )}
      </Field>
      {line("reference", t("kb.reference"), 1000)}
      {line("licence", t("kb.licence"), 200)}
    </div>
  );
}

function InBoth(props: {
  editing: Editing;
  name: DraftText | "discriminators" | "checks";
  label: string;
  note?: string;
  rows: number;
}) {
  const { editing, name, label, rows } = props;
  const t = useText();
  const text = editing.draft[name];
  return (
    <div className="kb-both">
      {(["zh", "en"] as const).map((language) => (
        <Lines
          key={language}
          label={`${label} · ${t(`kb.in_${language}`)}`}
          note={props.note ?? null}
          value={text[language]}
          rows={rows}
          onChange={(value) => editing.set({ [name]: { ...text, [language]: value } })}
        />
      ))}
    </div>
  );
}

function Lines(props: {
  label: string;
  note: ReactNode;
  value: string;
  rows: number;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label} {...(props.note === null ? {} : { note: props.note })}>
      {(id) => (
        <Input.TextArea
          id={id}
          rows={props.rows}
          maxLength={TEXT_MAX}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function Line(props: {
  label: string;
  value: string;
  max: number;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label}>
      {(id) => (
        <Input
          id={id}
          maxLength={props.max}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
