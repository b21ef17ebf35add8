import type { Knowledge } from "../../api/types.ts";
import { signText } from "./knowledge-draft.ts";

export interface Difference {
  readonly field: string;
  readonly was: string;
  readonly is: string;
}

/** What tells two versions of an entry apart, field by field. */
export function differences(before: Knowledge, after: Knowledge): readonly Difference[] {
  const old = printed(before);
  return Object.entries(printed(after)).flatMap(([field, is]) => {
    const was = old[field] ?? "";
    return was === is ? [] : [{ field, was, is }];
  });
}

function printed(entry: Knowledge): Readonly<Record<string, string>> {
  const { i18n, component, urgency } = entry;
  const inTwo = (name: string, zh: string, en: string) => ({
    [`${name}_zh`]: zh,
    [`${name}_en`]: en,
  });
  const texts = Object.keys(i18n.zh) as (keyof typeof i18n.zh)[];
  const lines = (items: readonly { zh: string; en: string }[], lang: "zh" | "en"): string =>
    items.map((item) => item[lang]).join("\n");
  return {
    status: entry.status,
    device_type: entry.device_type,
    category: entry.category,
    failure_mode: entry.failure_mode,
    failure_mechanism: entry.failure_mechanism,
    ...inTwo("component", component?.zh ?? "", component?.en ?? ""),
    ...Object.assign({}, ...texts.map((name) => inTwo(name, i18n.zh[name], i18n.en[name]))),
    ...inTwo("urgency", urgency?.zh ?? "", urgency?.en ?? ""),
    signs: entry.signs.map(signText).join("\n"),
    ...inTwo(
      "discriminators",
      lines(entry.discriminators, "zh"),
      lines(entry.discriminators, "en"),
    ),
    ...inTwo("checks", lines(entry.checks, "zh"), lines(entry.checks, "en")),
    parts: entry.parts.join("\n"),
    estimated_hours: entry.estimated_hours === null ? "" : String(entry.estimated_hours),
    reference: entry.reference,
    licence: entry.licence,
    superseded_by: entry.superseded_by ?? "",
  };
}
