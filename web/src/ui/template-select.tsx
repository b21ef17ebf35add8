import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { read } from "../api/endpoints.ts";
import { keys } from "../api/keys.ts";
import type { DeviceTemplate } from "../api/types.ts";
import { useLanguage, useText } from "../i18n/text.ts";
import { Field } from "./field.tsx";

/** A kind of machine to begin from. Its limits are typical, and that is said beside them. */
export function TemplateSelect(props: { onChoose: (template: DeviceTemplate) => void }) {
  const t = useText();
  const language = useLanguage();
  const templates = useQuery({
    queryKey: keys.deviceTemplates(),
    queryFn: read.deviceTemplates,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const items = templates.data?.items ?? [];
  const note = items[0]?.note[language];
  return (
    <Field label={t("template.choose")} {...(note === undefined ? {} : { note })}>
      {(id) => (
        <Select
          id={id}
          loading={templates.isPending}
          placeholder={t("template.none")}
          options={items.map((each) => ({ value: each.template_id, label: each.title[language] }))}
          onChange={(chosen: string) => {
            const template = items.find((each) => each.template_id === chosen);
            if (template !== undefined) props.onChoose(template);
          }}
        />
      )}
    </Field>
  );
}
