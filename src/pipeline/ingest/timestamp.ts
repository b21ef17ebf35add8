import type { EpochMs } from "../../model/basics.ts";

export type TimestampFault = "TS_INVALID" | "TS_NO_ZONE" | "FIELD_TYPE";

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTE_MS = 60_000;

/**
 * The instant that a timestamp names: ISO 8601 with date, time and offset (`2026-02-28T12:00:00.000Z`,
 * `…T12:00+08:00`), or whole milliseconds as a number. Written by hand because `Date.parse` takes 30 February
 * for 2 March, and a time without a zone for whatever zone this machine is in.
 */
export function parseTimestamp(input: unknown): EpochMs | TimestampFault {
  if (typeof input === "number") return Number.isSafeInteger(input) ? input : "TS_INVALID";
  if (typeof input !== "string") return "FIELD_TYPE";
  const date = dateOf(input);
  const minutes = minutesOf(input);
  if (date === null || minutes === null) return "TS_INVALID";
  let at = 16;
  let ms = 0;
  if (input.charCodeAt(at) === COLON) {
    const seconds = twoDigits(input, at + 1);
    if (seconds < 0 || seconds > 59) return "TS_INVALID";
    ms = seconds * 1_000;
    at += 3;
    if (input.charCodeAt(at) === DOT) {
      const end = endOfDigits(input, at + 1);
      if (end === at + 1 || end > at + 10) return "TS_INVALID";
      // Digits beyond milliseconds are cut.
      ms += Number(input.slice(at + 1, Math.min(end, at + 4)).padEnd(3, "0"));
      at = end;
    }
  }
  if (at === input.length) return "TS_NO_ZONE";
  const offset = offsetMinutes(input, at);
  if (offset === null) return "TS_INVALID";
  return date + (minutes - offset) * MINUTE_MS + ms;
}

const COLON = 0x3a;
const DOT = 0x2e;
const DASH = 0x2d;
const PLUS = 0x2b;

/** Midnight UTC of `YYYY-MM-DD` at the start of a text; null: there is no such day. */
function dateOf(text: string): EpochMs | null {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return null;
  const century = twoDigits(text, 0);
  const inCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || inCentury < 0 || month < 1 || month > 12 || day < 1) return null;
  const year = century * 100 + inCentury;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0))) return null;
  // Date.UTC takes years below 100 for 19xx; such readings are too old in any case.
  return year < 100 ? Number.MIN_SAFE_INTEGER : Date.UTC(year, month - 1, day);
}

/** Minutes since midnight of `Thh:mm` at position 10; null: there is no such time. */
function minutesOf(text: string): number | null {
  const separator = text.charCodeAt(10);
  if ((separator !== 0x54 && separator !== 0x74) || text.charCodeAt(13) !== COLON) return null;
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  return hours < 0 || hours > 23 || minutes < 0 || minutes > 59 ? null : hours * 60 + minutes;
}

/** Minutes that `Z`, `±hh`, `±hhmm` or `±hh:mm` at the end of a text stand for; null: none of these. */
function offsetMinutes(text: string, at: number): number | null {
  const sign = text.charCodeAt(at);
  if (sign === 0x5a || sign === 0x7a) return at + 1 === text.length ? 0 : null;
  if (sign !== PLUS && sign !== DASH) return null;
  const hours = twoDigits(text, at + 1);
  const minutesAt = at + 3 + (text.charCodeAt(at + 3) === COLON ? 1 : 0);
  const minutes = text.length === at + 3 ? 0 : twoDigits(text, minutesAt);
  const end = text.length === at + 3 ? at + 3 : minutesAt + 2;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || end !== text.length) return null;
  return (sign === PLUS ? 1 : -1) * (hours * 60 + minutes);
}

/** Two decimal digits at a position; −1: something else stands there. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  return at;
}
