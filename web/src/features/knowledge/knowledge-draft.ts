import {
  type FaultCategory,
  type FaultSign,
  type SignPattern,
  signPatterns,
} from "../../../../src/model/diagnosis.ts";
import type { Knowledge, KnowledgePut } from "../../api/types.ts";

/** Texts of an entry that have two languages. */
export const draftTexts = [
  "fault_pattern",
  "component",
  "symptoms",
  "root_cause",
  "solution",
  "prevention",
  "urgency",
] as const;
export type DraftText = (typeof draftTexts)[number];

interface Both {
  readonly zh: string;
  readonly en: string;
}

/** An entry as it is typed: lists are lines of text. */
export interface KnowledgeDraft extends Readonly<Record<DraftText, Both>> {
  readonly device_type: string;
  readonly category: FaultCategory;
  readonly failure_mode: string;
  readonly failure_mechanism: string;
  readonly signs: string;
  readonly discriminators: Both;
  readonly checks: Both;
  readonly parts: string;
  readonly hours: number | null;
  readonly reference: string;
  readonly licence: string;
}

const nothing: Both = { zh: "", en: "" };

export const emptyDraft: KnowledgeDraft = {
  device_type: "",
  category: "unknown",
  failure_mode: "",
  failure_mechanism: "",
  fault_pattern: nothing,
  component: nothing,
  symptoms: nothing,
  root_cause: nothing,
  solution: nothing,
  prevention: nothing,
  urgency: nothing,
  signs: "",
  discriminators: nothing,
  checks: nothing,
  parts: "",
  hours: null,
  reference: "",
  licence: "",
};

export function draftOf(entry: Knowledge): KnowledgeDraft {
  const { zh, en } = entry.i18n;
  const said = (name: keyof typeof zh): Both => ({ zh: zh[name], en: en[name] });
  return {
    device_type: entry.device_type,
    category: entry.category,
    failure_mode: entry.failure_mode,
    failure_mechanism: entry.failure_mechanism,
    fault_pattern: said("fault_pattern"),
    component: entry.component ?? nothing,
    symptoms: said("symptoms"),
    root_cause: said("root_cause"),
    solution: said("solution"),
    prevention: said("prevention"),
    urgency: entry.urgency ?? nothing,
    signs: entry.signs.map(signText).join("\n"),
    discriminators: linesOf(entry.discriminators),
    checks: linesOf(entry.checks),
    parts: entry.parts.join("\n"),
    hours: entry.estimated_hours,
    reference: entry.reference,
    licence: entry.licence,
  };
}

/** `vibration up 0.8 gradual` */
export function signText({ metric, direction, strength, pattern }: FaultSign): string {
  return [metric, direction, strength, ...(pattern === undefined ? [] : [pattern])].join(" ");
}

function linesOf(items: readonly Both[]): Both {
  return {
    zh: items.map(({ zh }) => zh).join("\n"),
    en: items.map(({ en }) => en).join("\n"),
  };
}

const directions: readonly string[] = ["up", "down", "steady", "noisy", "stuck"];

/** The signs that lines of text say; a number: the first line that cannot be read, from 1. */
export function readSigns(text: string): readonly FaultSign[] | number {
  const signs: FaultSign[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [metric = "", direction = "", strength = "", pattern, ...rest] = line.trim().split(/\s+/);
    const weight = Number(strength);
    const isGood =
      directions.includes(direction) &&
      strength !== "" &&
      weight >= 0 &&
      weight <= 1 &&
      rest.length === 0 &&
      (pattern === undefined || signPatterns.includes(pattern as SignPattern));
    if (!isGood) return index + 1;
    signs.push({
      metric,
      direction: direction as FaultSign["direction"],
      strength: weight,
      ...(pattern === undefined ? {} : { pattern: pattern as SignPattern }),
    });
  }
  return signs;
}

/** Fields without which there is no entry. */
export function isComplete(draft: KnowledgeDraft): boolean {
  const needed = ["fault_pattern", "symptoms", "root_cause", "solution"] as const;
  const isSaid = ({ zh, en }: Both): boolean => zh.trim() !== "" || en.trim() !== "";
  return draft.device_type.trim() !== "" && needed.every((name) => isSaid(draft[name]));
}

/** The draft as the API takes it; what is typed in one language only stands in both. */
export function bodyOf(
  draft: KnowledgeDraft,
  signs: readonly FaultSign[],
): Omit<KnowledgePut, "source" | "status" | "superseded_by"> {
  const isEmpty = ({ zh, en }: Both): boolean => zh === "" && en === "";
  return {
    device_type: draft.device_type.trim(),
    category: draft.category,
    failure_mode: draft.failure_mode.trim(),
    failure_mechanism: draft.failure_mechanism.trim(),
    fault_pattern: inBoth(draft.fault_pattern),
    component: isEmpty(draft.component) ? null : inBoth(draft.component),
    symptoms: inBoth(draft.symptoms),
    root_cause: inBoth(draft.root_cause),
    solution: inBoth(draft.solution),
    prevention: inBoth(draft.prevention),
    urgency: isEmpty(draft.urgency) ? null : inBoth(draft.urgency),
    signs: [...signs],
    discriminators: itemsOf(draft.discriminators),
    checks: itemsOf(draft.checks),
    parts: trimmedLines(draft.parts),
    estimated_hours: draft.hours,
    reference: draft.reference,
    licence: draft.licence,
  };
}

function inBoth({ zh, en }: Both): { zh: string; en: string } {
  return { zh: zh === "" ? en : zh, en: en === "" ? zh : en };
}

function itemsOf({ zh, en }: Both): { zh: string; en: string }[] {
  const chinese = trimmedLines(zh);
  const english = trimmedLines(en);
  const longer = chinese.length >= english.length ? chinese : english;
  return longer.map((item, i) => ({ zh: chinese[i] ?? item, en: english[i] ?? item }));
}

function trimmedLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
