import { isUtf8 } from "node:buffer";

/** Why a body, or one item of it, cannot be read. */
export interface JsonFault {
  readonly code: "JSON_INVALID" | "UTF8_INVALID" | "KEY_DUPLICATE" | "DEPTH" | "TOO_LARGE";
  readonly detail: string;
}

/** One item of a body: what it says or why it cannot be read, and the bytes it was sent as. */
export interface JsonItem {
  /** Undefined where there is a fault. */
  readonly value: unknown;
  readonly fault: JsonFault | null;
  readonly bytes: Uint8Array;
}

export interface JsonLimits {
  readonly maxItems: number;
  readonly maxDepth: number;
}

export type JsonItems =
  | { readonly ok: true; readonly items: readonly JsonItem[] }
  | { readonly ok: false; readonly fault: JsonFault };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/**
 * Reads a body strictly: one object, an array of items, or NDJSON. Text that is not UTF-8, keys that stand
 * twice and nesting beyond the limit are refused, not repaired; depth is measured before anything is parsed.
 * - json: whatever is wrong is wrong with the body, except that a too deep item leaves its neighbours alone.
 * - ndjson: each line stands for itself.
 */
export function readJsonItems(
  body: Uint8Array,
  format: "json" | "ndjson",
  limits: JsonLimits,
): JsonItems {
  const bytes = withoutByteOrderMark(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return format === "json" ? readDocument(bytes, limits) : readLines(bytes, limits);
}

/** Every primitive value of a JSON text replaced by the text it was written as, e.g. `"1e400"`. */
export function sourceTexts(json: string): unknown {
  return JSON.parse(
    json,
    (_key, value: unknown, context?: { readonly source?: string }) => context?.source ?? value,
  );
}

function readDocument(bytes: Buffer, limits: JsonLimits): JsonItems {
  if (!isUtf8(bytes)) return refuse("UTF8_INVALID", "the body is not UTF-8");
  const scan = scanDocument(bytes, limits);
  if (scan.starts.length > limits.maxItems) return refuse("TOO_LARGE", tooMany(limits));
  if (scan.deep.size > 0) return readShallowItems(bytes, scan, limits);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString("utf8"));
  } catch (failure) {
    return refuse("JSON_INVALID", reasonOf(failure));
  }
  if (countKeys(document) !== scan.colons) return refuse("KEY_DUPLICATE", duplicateKey);
  if (!Array.isArray(document)) return { ok: true, items: [itemOf(document, bytes)] };
  const items = document.map((value: unknown, index) => itemOf(value, bytesOf(bytes, scan, index)));
  return { ok: true, items };
}

/** Some items are nested too deeply to be parsed: the others are parsed one by one. */
function readShallowItems(bytes: Buffer, scan: Scan, limits: JsonLimits): JsonItems {
  if (!scan.isArray || scan.deep.size === scan.starts.length)
    return refuse("DEPTH", tooDeep(limits));
  const items: JsonItem[] = [];
  for (let index = 0; index < scan.starts.length; index += 1) {
    const part = bytesOf(bytes, scan, index);
    const item = scan.deep.has(index)
      ? faultyItem({ code: "DEPTH", detail: tooDeep(limits) }, part)
      : readItem(part, { ...limits, maxDepth: limits.maxDepth - 1 });
    if (item.fault !== null && item.fault.code !== "DEPTH") return { ok: false, fault: item.fault };
    items.push(item);
  }
  return { ok: true, items };
}

function readLines(bytes: Buffer, limits: JsonLimits): JsonItems {
  const allUtf8 = isUtf8(bytes);
  const items: JsonItem[] = [];
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, from);
    const to = found < 0 ? bytes.length : found;
    const line = trimmed(bytes, from, to);
    from = to + 1;
    if (line.length === 0) continue;
    if (items.length >= limits.maxItems) return refuse("TOO_LARGE", tooMany(limits));
    const fault = { code: "UTF8_INVALID", detail: "the line is not UTF-8" } as const;
    items.push(allUtf8 || isUtf8(line) ? readItem(line, limits) : faultyItem(fault, line));
  }
  return items.length > 0 ? { ok: true, items } : refuse("JSON_INVALID", "the body is empty");
}

function readItem(bytes: Buffer, limits: JsonLimits): JsonItem {
  const scan = scanDocument(bytes, limits);
  if (scan.deep.size > 0) return faultyItem({ code: "DEPTH", detail: tooDeep(limits) }, bytes);
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (countKeys(value) === scan.colons) return itemOf(value, bytes);
    return faultyItem({ code: "KEY_DUPLICATE", detail: duplicateKey }, bytes);
  } catch (failure) {
    return faultyItem({ code: "JSON_INVALID", detail: reasonOf(failure) }, bytes);
  }
}

interface Scan {
  readonly isArray: boolean;
  /** Colons outside of texts: one for each key that was written. */
  readonly colons: number;
  /** Where the items of a top-level array begin and end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Indices of items that are nested too deeply. */
  readonly deep: ReadonlySet<number>;
}

/** One pass over the bytes, without judging them: whether it is JSON at all, `JSON.parse` says. */
function scanDocument(bytes: Buffer, limits: JsonLimits): Scan {
  const first = trimmed(bytes, 0, bytes.length);
  const isArray = first[0] === 0x5b;
  const starts: number[] = [];
  const ends: number[] = [];
  const deep = new Set<number>();
  let depth = 0;
  let colons = 0;
  const { length } = bytes;
  for (let at = 0; at < length; at += 1) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfText(bytes, at);
        break;
      case COLON:
        colons += 1;
        break;
      case COMMA:
        if (depth === 1 && isArray) {
          ends.push(at);
          if (starts.length > limits.maxItems) return { isArray, colons, starts, ends, deep };
          starts.push(at + 1);
        }
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        if (depth === 1 && isArray) starts.push(at + 1);
        if (depth > limits.maxDepth) deep.add(Math.max(0, starts.length - 1));
        break;
      case 0x5d:
      case 0x7d:
        if (depth === 1 && isArray) ends.push(at);
        depth -= 1;
        break;
    }
  }
  return { isArray, colons, starts, ends, deep };
}

/** Position of the closing quote of the text that opens at `from`. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from + 1;
  const { length } = bytes;
  while (at < length) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return length;
}

/** Keys of all objects in a value; own keys only, so that a key named `__proto__` is a key like any other. */
function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count += 1;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === "object") count += countKeys(inner);
  }
  return count;
}

function bytesOf(bytes: Buffer, scan: Scan, index: number): Buffer {
  return trimmed(bytes, scan.starts[index] ?? 0, scan.ends[index] ?? bytes.length);
}

function trimmed(bytes: Buffer, from: number, to: number): Buffer {
  let start = from;
  let end = to;
  while (start < end && isSpace(bytes[start])) start += 1;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

const itemOf = (value: unknown, bytes: Uint8Array): JsonItem => ({ value, fault: null, bytes });
const faultyItem = (fault: JsonFault, bytes: Uint8Array): JsonItem => ({
  value: undefined,
  fault,
  bytes,
});
const refuse = (code: JsonFault["code"], detail: string): JsonItems => ({
  ok: false,
  fault: { code, detail },
});
const duplicateKey = "a key stands twice in one object";
const tooDeep = (limits: JsonLimits): string => `it is nested more than ${limits.maxDepth} deep`;
const tooMany = (limits: JsonLimits): string => `it holds more than ${limits.maxItems} readings`;
const reasonOf = (failure: unknown): string =>
  (failure instanceof Error ? failure.message : String(failure)).slice(0, 200);
