import type { Severity } from "../../../model/alarm.ts";
import {
  type BilingualText,
  type FaultCategory,
  faultCategories,
  type ReportSeverity,
} from "../../../model/diagnosis.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import { cleanOutput } from "./hygiene.ts";

/** What a language model concluded, after its form, its citations and its knowledge were checked by code. */
export interface Findings {
  readonly category: FaultCategory;
  readonly severity: ReportSeverity;
  /** Likeliest first, one per category. */
  readonly hypotheses: readonly FoundHypothesis[];
  readonly diagnosisText: BilingualText;
  readonly recommendedAction: BilingualText;
}

export interface FoundHypothesis {
  readonly category: FaultCategory;
  readonly kbIds: readonly string[];
  readonly for: readonly string[];
  readonly against: readonly string[];
}

const HYPOTHESES_MAX = 5;
const CITES_MAX = 12;
const TEXT_MAX = 2_000;
const reportSeverities: readonly ReportSeverity[] = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];

const texts = {
  type: "object",
  properties: {
    zh: { type: "string", maxLength: TEXT_MAX },
    en: { type: "string", maxLength: TEXT_MAX },
  },
  required: ["zh", "en"],
  additionalProperties: false,
} as const;
const ids = { type: "array", items: { type: "string" }, maxItems: CITES_MAX } as const;

/** JSON Schema of the answer. */
export const findingsSchema = {
  type: "object",
  properties: {
    fault_category: { type: "string", enum: faultCategories },
    severity: { type: "string", enum: reportSeverities },
    hypotheses: {
      type: "array",
      maxItems: HYPOTHESES_MAX,
      items: {
        type: "object",
        properties: {
          category: { type: "string", enum: faultCategories },
          kb_ids: ids,
          for: ids,
          against: ids,
        },
        required: ["category", "kb_ids", "for", "against"],
        additionalProperties: false,
      },
    },
    diagnosis: texts,
    recommended_action: texts,
  },
  required: ["fault_category", "severity", "hypotheses", "diagnosis", "recommended_action"],
  additionalProperties: false,
} as const;

export type ReadFindings =
  | { readonly ok: true; readonly findings: Findings }
  /** In words for the model; its own words are not among them. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads an answer and holds its citations against the ledger and the knowledge that applies to the device. */
export function readFindings(json: unknown, ledger: EvidenceLedger): ReadFindings {
  const category = choice(field(json, "fault_category"), faultCategories);
  const severity = choice(field(json, "severity"), reportSeverities);
  const diagnosisText = bilingual(field(json, "diagnosis"));
  const recommendedAction = bilingual(field(json, "recommended_action"));
  const items = field(json, "hypotheses");
  const problems: string[] = [];
  if (category === null) problems.push("fault_category is not one of the list");
  if (severity === null) problems.push("severity is not one of the list");
  if (diagnosisText === null) problems.push("diagnosis needs zh and en");
  if (recommendedAction === null) problems.push("recommended_action needs zh and en");
  if (!Array.isArray(items)) problems.push("hypotheses is not a list");
  const hypotheses: FoundHypothesis[] = [];
  for (const item of Array.isArray(items) ? items.slice(0, HYPOTHESES_MAX) : []) {
    const read = readHypothesis(item, ledger);
    if (typeof read === "string") problems.push(read);
    else if (!hypotheses.some((other) => other.category === read.category)) hypotheses.push(read);
  }
  if (
    problems.length > 0 ||
    category === null ||
    severity === null ||
    diagnosisText === null ||
    recommendedAction === null
  ) {
    return { ok: false, problems };
  }
  const findings = { category, severity, hypotheses, diagnosisText, recommendedAction };
  return { ok: true, findings };
}

function readHypothesis(item: unknown, ledger: EvidenceLedger): FoundHypothesis | string {
  const category = choice(field(item, "category"), faultCategories);
  if (category === null) return "a hypothesis has a category that is not on the list";
  const known = new Set(ledger.evidence.map(({ id }) => id));
  const speaksFor = idList(field(item, "for"));
  const speaksAgainst = idList(field(item, "against"));
  const kbIds = idList(field(item, "kb_ids"));
  if ([...speaksFor, ...speaksAgainst].some((id) => !known.has(id))) {
    return `the hypothesis "${category}" cites evidence that does not exist`;
  }
  if (speaksFor.length === 0)
    return `the hypothesis "${category}" cites nothing that speaks for it`;
  for (const kbId of kbIds) {
    const entry = ledger.knowledge.find((each) => each.kbId === kbId);
    if (entry === undefined)
      return `the hypothesis "${category}" cites knowledge that is not there`;
    if (entry.category !== category) {
      return `the knowledge that the hypothesis "${category}" cites is about another fault`;
    }
  }
  return { category, kbIds, for: speaksFor, against: speaksAgainst };
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (Reflect.get(value, key) as unknown) : undefined;
}

function choice<T extends string>(value: unknown, of: readonly T[]): T | null {
  return of.find((each) => each === value) ?? null;
}

/** Ids as they stand or in brackets, as in a text. */
function idList(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const list = value.filter((each): each is string => typeof each === "string");
  return [...new Set(list.map((each) => each.replace(/[[\]\s]/g, "")))].slice(0, CITES_MAX);
}

function bilingual(value: unknown): BilingualText | null {
  const zh = field(value, "zh");
  const en = field(value, "en");
  if (typeof zh !== "string" || typeof en !== "string") return null;
  const text = { zh: cleanOutput(zh, TEXT_MAX), en: cleanOutput(en, TEXT_MAX) };
  return text.zh === "" || text.en === "" ? null : text;
}

/** Severity of a report in the words of alarms. */
export const levelOf: Readonly<Record<ReportSeverity, Severity>> = {
  CRITICAL: "P0",
  HIGH: "P1",
  MEDIUM: "P2",
  LOW: "P3",
};
