import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Input, Select } from "antd";
import { useState } from "react";
import { type FaultCategory, faultCategories } from "../../../../src/model/diagnosis.ts";
import { change } from "../../api/endpoints.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";

const longTexts = ["symptoms", "root_cause", "solution", "prevention"] as const;

/** A first entry in the writer's language; signs and checks are added over the API or by later closing. */
export function NewKnowledge(props: { onClose: () => void }) {
  const t = useText();
  const word = useWord();
  const write = useWrite();
  const client = useQueryClient();
  const [type, setType] = useState("");
  const [category, setCategory] = useState<FaultCategory>("unknown");
  const [pattern, setPattern] = useState("");
  const [said, setSaid] = useState({ symptoms: "", root_cause: "", solution: "", prevention: "" });
  const missing =
    type === "" ||
    pattern === "" ||
    said.symptoms === "" ||
    said.root_cause === "" ||
    said.solution === "";
  const save = async (): Promise<void> => {
    const entry = { device_type: type, category, fault_pattern: pattern, ...said };
    if (!(await write(() => change.createKnowledge(entry)))) return;
    void client.invalidateQueries({ queryKey: ["knowledge"] });
    props.onClose();
  };
  return (
    <Drawer
      open
      size={620}
      title={t("kb.new")}
      onClose={props.onClose}
      footer={
        <Button type="primary" disabled={missing} onClick={() => void save()}>
          {t("kb.save")}
        </Button>
      }
    >
      <div className="column">
        <div className="form-grid">
          <Field label={t("kb.type")}>
            {(id) => (
              <Input
                id={id}
                maxLength={50}
                value={type}
                onChange={(event) => setType(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("kb.category")}>
            {(id) => (
              <Select
                id={id}
                value={category}
                onChange={setCategory}
                options={faultCategories.map((value) => ({ value, label: word("fault", value) }))}
              />
            )}
          </Field>
        </div>
        <Field label={t("kb.pattern")}>
          {(id) => (
            <Input
              id={id}
              maxLength={500}
              value={pattern}
              onChange={(event) => setPattern(event.target.value)}
            />
          )}
        </Field>
        {longTexts.map((name) => (
          <Field key={name} label={t(`kb.${name}`)}>
            {(id) => (
              <Input.TextArea
                id={id}
                rows={2}
                maxLength={4000}
                value={said[name]}
                onChange={(event) => setSaid({ ...said, [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    </Drawer>
  );
}
