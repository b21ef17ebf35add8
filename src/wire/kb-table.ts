import { z } from "zod";
import type { BilingualText, FaultSign, KnowledgeEntry } from "../model/diagnosis.ts";

/** What one line of a knowledge CSV would do, or did. */
const rowOut = z.object({
  row: z.int().describe("Line of data, from 1"),
  kb_id: z.string().nullable(),
  action: z.enum(["create", "update", "unchanged", "refuse"]),
  errors: z.array(z.object({ field: z.string(), code: z.string(), detail: z.string() })),
});

/** Answer of `POST /kb/import`. */
export const knowledgeImportOut = z
  .object({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    rows: z.array(rowOut),
  })
  .meta({ id: "KnowledgeImport" });

export type KnowledgeImportOut = z.infer<typeof knowledgeImportOut>;

const plainFields = ["device_type", "category", "failure_mode", "failure_mechanism"] as const;
/** Texts in two columns, `…_zh` and `…_en`. */
const texts = [
  "component",
  "fault_pattern",
  "symptoms",
  "root_cause",
  "solution",
  "prevention",
  "urgency",
] as const;
/** Lists: one item a line of the cell. */
const lists = ["discriminators", "checks"] as const;
const endFields = ["source", "reference", "licence", "status", "superseded_by"] as const;
const inTwo = (name: string): readonly string[] => [`${name}_zh`, `${name}_en`];

/** Columns of the CSV form, in the order of the export. */
export const knowledgeColumns: readonly string[] = [
  "kb_id",
  "version",
  ...plainFields,
  ...texts.flatMap(inTwo),
  "signs",
  ...lists.flatMap(inTwo),
  "parts",
  "estimated_hours",
  ...endFields,
];

const NEW_LINE = "\n";

/** An entry as one line of the table. */
export function knowledgeToCells(entry: KnowledgeEntry): readonly (string | number | null)[] {
  const {
    deviceType,
    category,
    failureMode,
    failureMechanism,
    component,
    faultPattern,
    symptoms,
    rootCause,
    solution,
    prevention,
    urgency,
  } = entry;
  const said = [component, faultPattern, symptoms, rootCause, solution, prevention, urgency];
  return [
    entry.kbId,
    entry.version,
    deviceType,
    category,
    failureMode,
    failureMechanism,
    ...said.flatMap((text) => [text?.zh ?? "", text?.en ?? ""]),
    entry.signs.map(signToText).join(NEW_LINE),
    ...[entry.discriminators, entry.checks].flatMap(listToCells),
    entry.parts.join(NEW_LINE),
    entry.estimatedHours,
    entry.source,
    entry.reference,
    entry.licence,
    entry.status,
    entry.supersededBy,
  ];
}

/** `vibration up 0.8 gradual` */
function signToText({ metric, direction, strength, pattern }: FaultSign): string {
  return [metric, direction, strength, ...(pattern === undefined ? [] : [pattern])].join(" ");
}

function listToCells(items: readonly BilingualText[]): readonly string[] {
  return [items.map(({ zh }) => zh).join(NEW_LINE), items.map(({ en }) => en).join(NEW_LINE)];
}

/** One line of the table as the body of `POST /kb`; the schema of the body says what is wrong with it. */
export function cellsToKnowledge(
  line: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  for (const name of [...plainFields, ...endFields]) {
    const cell = line[name] ?? "";
    if (cell !== "") body[name] = cell;
  }
  for (const name of texts) {
    const text = bilingualOf(line[`${name}_zh`] ?? "", line[`${name}_en`] ?? "");
    if (text !== null) body[name] = text;
  }
  for (const name of lists) {
    const zh = linesOf(line[`${name}_zh`]);
    const en = linesOf(line[`${name}_en`]);
    const longer = zh.length >= en.length ? zh : en;
    body[name] = longer.map((item, index) => ({ zh: zh[index] ?? item, en: en[index] ?? item }));
  }
  body["signs"] = linesOf(line["signs"]).map(signOf);
  body["parts"] = linesOf(line["parts"]);
  const hours = line["estimated_hours"] ?? "";
  if (hours !== "") body["estimated_hours"] = Number.isNaN(Number(hours)) ? hours : Number(hours);
  const unknown = Object.keys(line).filter((name) => !knowledgeColumns.includes(name));
  // Left in, so that the schema refuses them by name: a misspelt column would be lost in silence.
  for (const name of unknown) body[name] = line[name];
  return body;
}

function bilingualOf(zh: string, en: string): BilingualText | null {
  if (zh === "" && en === "") return null;
  return { zh: zh === "" ? en : zh, en: en === "" ? zh : en };
}

function linesOf(cell: string | undefined): readonly string[] {
  return (cell ?? "")
    .split(/\r?\n/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function signOf(text: string): unknown {
  const [metric, direction, strength, pattern, ...rest] = text.split(/\s+/);
  if (rest.length > 0 || strength === undefined || Number.isNaN(Number(strength))) return text;
  return {
    metric,
    direction,
    strength: Number(strength),
    ...(pattern === undefined ? {} : { pattern }),
  };
}
