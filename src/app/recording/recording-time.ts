import type { EpochMs, Ms } from "../../model/basics.ts";
import type { RecordingMap } from "./recording-map.ts";

const unitMs: Readonly<Record<string, Ms>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const written =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

export type RecordedTime =
  | { readonly ok: true; readonly at: EpochMs }
  | { readonly ok: false; readonly code: "FIELD_MISSING" | "TS_INVALID" };

/** Time of a row, from its cell or from its number. Throws a RangeError when the map's zone does not exist. */
export function createTimeReader(
  timestamp: RecordingMap["timestamp"],
): (cell: string, row: number) => RecordedTime {
  if ("step_s" in timestamp) {
    const start = Date.parse(timestamp.start);
    return (_, row) => ({ ok: true, at: Math.round(start + row * timestamp.step_s * 1_000) });
  }
  if ("unit" in timestamp) {
    const start = timestamp.start === undefined ? 0 : Date.parse(timestamp.start);
    const factor = unitMs[timestamp.unit] ?? 1;
    return (cell) => {
      if (cell.trim() === "") return { ok: false, code: "FIELD_MISSING" };
      const value = Number(cell);
      if (!Number.isFinite(value)) return { ok: false, code: "TS_INVALID" };
      return { ok: true, at: Math.round(start + value * factor) };
    };
  }
  const offsetAt = createZone(timestamp.zone ?? "UTC");
  return (cell) => readWritten(cell, offsetAt);
}

function readWritten(cell: string, offsetAt: (local: EpochMs) => Ms): RecordedTime {
  const text = cell.trim();
  if (text === "") return { ok: false, code: "FIELD_MISSING" };
  const parts = written.exec(text);
  if (parts === null) return { ok: false, code: "TS_INVALID" };
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.slice(1, 6).map(Number);
  const second = Number(parts[6] ?? 0);
  const millisecond = Math.floor(Number(`0.${parts[7] ?? "0"}`) * 1_000);
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  const date = new Date(local);
  // 2026-02-30 must not become the 2nd of March.
  const real =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!real) return { ok: false, code: "TS_INVALID" };
  const zone = parts[8];
  return { ok: true, at: local - (zone === undefined ? offsetAt(local) : fixedOffset(zone)) };
}

/** Offset of local time from UTC: fixed, or by the rules of a named zone. */
function createZone(zone: string): (local: EpochMs) => Ms {
  if (zone === "UTC" || zone === "Z") return () => 0;
  if (/^[+-]\d{2}:?\d{2}$/.test(zone)) {
    const offset = fixedOffset(zone);
    return () => offset;
  }
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" });
  return (local) => {
    // Twice: the first guess may lie on the other side of a change of clocks.
    const guess = offsetIn(format, local);
    return offsetIn(format, local - guess);
  };
}

function offsetIn(format: Intl.DateTimeFormat, at: EpochMs): Ms {
  const part = format.formatToParts(at).find(({ type }) => type === "timeZoneName");
  const offset = part?.value.replace("GMT", "") ?? "";
  return offset === "" ? 0 : fixedOffset(offset);
}

function fixedOffset(text: string): Ms {
  if (text === "Z") return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/[^\d]/g, "");
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))) * 60_000;
}
