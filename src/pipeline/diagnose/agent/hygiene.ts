import type { BilingualText, KnowledgeEntry } from "../../../model/diagnosis.ts";

/**
 * Text that others wrote, on its way to a language model and back. It is data: bounded, without what a person
 * cannot see, and never a place from which something is fetched.
 */

/** Control, zero-width, direction, tag, private and unassigned characters. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]+/gu;
const markup = /<\/?[a-z!?][^<>]*>/gi;
/** `![alt](address)` and `[word](address)`: of a link its words stay, of a picture nothing. */
const picture = /!\[[^\]]*\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]/g;
const link = /\[([^\]]*)\]\([^)]*\)/g;
const address =
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/\S+|\b(?:javascript|data|mailto|file|vbscript):\S+|\bwww\.\S+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#:]\S*)|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|cn|example|test|top|xyz|info|dev|ru)\b/gi;

const STRING_MAX = 400;
const ITEMS_MAX = 60;
const DEPTH_MAX = 6;

/** A text for a prompt: one spelling of each sign, one line, at most `maxLength` long, no mark-up, no address. */
export function cleanInput(text: string, maxLength = STRING_MAX): string {
  const plain = text.slice(0, 8 * maxLength).normalize("NFKC");
  return capped(withoutAddresses(withoutMarkup(plain)), maxLength);
}

/** A text of a model for people: as it spelt it, without what is invisible, mark-up and addresses. */
export function cleanOutput(text: string, maxLength: number): string {
  return capped(withoutAddresses(withoutMarkup(text.slice(0, 3 * maxLength))), maxLength);
}

/** Any value as bounded plain data for a prompt; keys are cleaned as texts are. */
export function cleanData(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return cleanInput(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || typeof value === "boolean") return value;
  if (depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_MAX).map((item) => cleanData(item, depth + 1));
  }
  if (typeof value !== "object") return null;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(([key, item]) => [cleanName(key), cleanData(item, depth + 1)]),
  );
}

const KNOWLEDGE_MAX = 1_500;

/** An entry whose texts may be quoted in reports and orders: what is invisible, mark-up or an address is left out. */
export function plainKnowledge(entry: KnowledgeEntry): KnowledgeEntry {
  const plain = ({ zh, en }: BilingualText): BilingualText => ({
    zh: cleanOutput(zh, KNOWLEDGE_MAX),
    en: cleanOutput(en, KNOWLEDGE_MAX),
  });
  return {
    ...entry,
    faultPattern: plain(entry.faultPattern),
    symptoms: plain(entry.symptoms),
    rootCause: plain(entry.rootCause),
    solution: plain(entry.solution),
    prevention: plain(entry.prevention),
    discriminators: entry.discriminators.map(plain),
    checks: entry.checks.map(plain),
    parts: entry.parts.map((part) => cleanOutput(part, 200)),
  };
}

/** A name that somebody gave: with neither dots nor colons it is no address. */
export function cleanName(name: string): string {
  return cleanInput(name, 60).replace(/[.:]/g, "_");
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[\t\n\r\u2028\u2029]+/g, " ")
    .replace(invisible, "")
    .replace(picture, "")
    .replace(link, "$1")
    .replace(markup, " ")
    .replace(/[<>`]/g, " ");
}

function withoutAddresses(text: string): string {
  return text
    .replace(address, "")
    .replace(/\s{2,}/g, " ")
    .trim();
}

function capped(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
