import { isIdentifier } from "../../../model/basics.ts";
import type { Evidence } from "../../../model/diagnosis.ts";
import type { PlantTime } from "../number-format.ts";
import { takeTimes } from "./check-times.ts";
import { type NumberClaim, numberClaims, plainDigits, strangeDigit } from "./claims.ts";
import { wrongDirection } from "./directions.ts";
import { unknownId } from "./known-ids.ts";
import { strangeKnowledge } from "./named-faults.ts";
import { unprovenCount } from "./spelled-counts.ts";
import { supportedValues } from "./supported-values.ts";
import { forbiddenZone, standardName } from "./zones.ts";

/** What a text is held against. */
export interface CheckContext {
  readonly evidence: readonly Evidence[];
  /** Texts and names that may stand in it literally: knowledge, device id. */
  readonly quotable: readonly string[];
  readonly time: PlantTime;
  /** No code wrote it: every sentence must cite, and of the evidence's texts only ids may stand in it unchecked. */
  readonly isForeign?: boolean;
}

export interface CheckedText {
  /** The text without the sentences that failed. */
  readonly text: string;
  /** Numbers, times and severities that were verified. */
  readonly checkedNumbers: number;
  readonly violations: readonly { readonly text: string; readonly reason: string }[];
}

type Finding =
  | { readonly ok: true; readonly checked: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Holds every sentence against the ledger, without a language model: each citation exists; each number, in digits
 * or in words, equals a value of the cited evidence, or a listed derivation of it, within the rounding of its own
 * last digit and in its unit; times, severities, directions and ids agree; a fault that it rests on knowledge is
 * the one that the knowledge is about; ISO zones are said of velocities alone. A sentence that fails is struck and
 * named.
 */
export function checkText(text: string, context: CheckContext): CheckedText {
  const kept: string[] = [];
  const violations: { text: string; reason: string }[] = [];
  let checkedNumbers = 0;
  const quotes = context.quotable
    .map((quote) => quote.replace(/[.。]$/, ""))
    .filter((quote) => quote.length > 2)
    .sort((a, b) => b.length - a.length);
  for (const sentence of sentencesOf(folded(text, quotes))) {
    const finding = checkSentence(sentence, context);
    const whole = unfolded(sentence, quotes);
    if (finding.ok) {
      kept.push(whole);
      checkedNumbers += finding.checked;
    } else {
      violations.push({ text: whole.trim(), reason: finding.reason });
    }
  }
  return { text: kept.join("").trim(), checkedNumbers, violations };
}

/** A quotation may hold full stops and digits of its own: it is one sign while sentences are checked. */
const foldedQuote = /\uE000(\d+)\uE001/g;

function folded(text: string, quotes: readonly string[]): string {
  let rest = text.replace(/[\uE000\uE001]/g, "");
  for (const [index, quote] of quotes.entries()) {
    rest = rest.replaceAll(quote, `\uE000${index}\uE001`);
  }
  return rest;
}

function unfolded(text: string, quotes: readonly string[]): string {
  return text.replace(foldedQuote, (_, index: string) => quotes[Number(index)] ?? "");
}

/** Sentences with the space after them, so that joining gives the text again. Citations after a full stop belong to it. */
export function sentencesOf(text: string): readonly string[] {
  return (
    text
      .match(/[^.。!！?？\n]*(?:\.(?=\S)[^.。!！?？\n]*)*(?:[.。!！?？\n]+(?:\s*\[E\d+\])*\s*|$)/g)
      ?.filter((sentence) => sentence !== "") ?? []
  );
}

function checkSentence(sentence: string, context: CheckContext): Finding {
  const ids = [...sentence.matchAll(/\[(E\d+)\]/g)].map((match) => match[1] ?? "");
  const cited: Evidence[] = [];
  for (const id of ids) {
    const evidence = context.evidence.find((item) => item.id === id);
    if (evidence === undefined) return refuse(`${id} does not exist`);
    cited.push(evidence);
  }
  const bare = sentence.replace(/\[E\d+\]/g, " ");
  if (context.isForeign === true && cited.length === 0 && /[\p{L}\p{N}]/u.test(bare)) {
    return refuse("it cites nothing");
  }
  // Faults and zones are looked for in the sentence as it stands; names with digits are no numbers.
  const broken = strangeKnowledge(bare, cited) ?? forbiddenZone(bare, cited);
  if (broken !== null) return refuse(broken);
  let body = plainDigits(withoutNames(bare, cited, context.isForeign === true)).replace(
    standardName,
    " ",
  );
  let checked = 0;
  for (const step of [takeSeverities, takeTimes] as const) {
    const result = step(body, cited, context);
    if (!result.ok) return result;
    body = result.rest;
    checked += result.checked;
  }
  const wrong = unknownId(body, context.evidence) ?? strangeDigit(body);
  if (wrong !== null) return refuse(wrong);
  const claims = numberClaims(body);
  for (const claim of claims) {
    const reason = unsupported(claim, cited);
    if (reason !== null) return refuse(reason);
  }
  const direction = wrongDirection(body, cited, context.evidence);
  if (direction !== null) return refuse(direction);
  const count = unprovenCount(body, cited);
  if (count !== null) return refuse(count);
  return { ok: true, checked: checked + claims.length };
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

/** Names in the evidence that hold digits (`WO-20260228-0007`, a rule's clause) are no claims. */
function withoutNames(sentence: string, cited: readonly Evidence[], onlyIds: boolean): string {
  const names = cited.flatMap((item) => [
    ...Object.entries(item.value).flatMap(([key, value]) =>
      typeof value === "string" &&
      key !== "severity" &&
      /\d/.test(value) &&
      (!onlyIds || isIdentifier(value))
        ? [value]
        : [],
    ),
    ...(item.metric !== null && /\d/.test(item.metric) ? [item.metric] : []),
  ]);
  names.sort((a, b) => b.length - a.length);
  let rest = sentence.replace(foldedQuote, " ");
  for (const name of names) rest = rest.replaceAll(name, " ");
  return rest;
}

export type Taken =
  | { readonly ok: true; readonly rest: string; readonly checked: number }
  | { readonly ok: false; readonly reason: string };

function takeSeverities(body: string, cited: readonly Evidence[]): Taken {
  const pattern = /(?<![A-Za-z0-9_.-])P([0-4])(?![A-Za-z0-9_])/g;
  const found = [...body.matchAll(pattern)];
  for (const [text] of found) {
    if (!cited.some((item) => item.value["severity"] === text)) {
      return refuse(`severity ${text} is not that of the evidence`);
    }
  }
  return { ok: true, rest: body.replace(pattern, " "), checked: found.length };
}

function unsupported(claim: NumberClaim, cited: readonly Evidence[]): string | null {
  if (cited.length === 0) return `${claim.text} is stated without evidence`;
  const values = cited.flatMap(supportedValues);
  const equal = values.filter(
    ({ value, isShare }) => equals(claim, value) && !(claim.isChange && isShare === true),
  );
  if (equal.length === 0) return `${claim.text} is not in the evidence`;
  if (equal.some(({ unit }) => unit === claim.unit)) return null;
  return `${claim.text} is not in the unit of the evidence`;
}

function equals(claim: NumberClaim, value: number): boolean {
  if (claim.sign === "-" && value > 0) return false;
  if (claim.sign === "+" && value < 0) return false;
  return Math.abs(claim.value - Math.abs(value)) <= claim.tolerance * (1 + 1e-9) + 1e-12;
}
