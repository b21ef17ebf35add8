import type { EpochMs } from "../../../model/basics.ts";
import type { Quality } from "../../../model/reading.ts";

/** A value as the library decodes it from the wire; only what is read of it. */
export interface SentValue {
  readonly value: {
    /** Number of the built-in type, OPC 10000-6 table 1. */
    readonly dataType: number;
    /** 0: one value. */
    readonly arrayType: number;
    readonly value: unknown;
  } | null;
  readonly statusCode: { readonly value: number; readonly name: string };
  readonly sourceTimestamp: Date | null;
  readonly serverTimestamp: Date | null;
}

/** A value in our words. */
export interface TakenValue {
  /** A finite number, or why there is none. */
  readonly value: number | NoNumber;
  readonly quality: Quality;
  /** Name of a status that is not plainly good. */
  readonly status: string | null;
  readonly sourceAt: EpochMs | null;
  readonly serverAt: EpochMs | null;
  /** The server dropped values before this one: its queue was full. */
  readonly isOverflow: boolean;
}

export interface NoNumber {
  readonly code: "VALUE_TYPE" | "VALUE_NOT_FINITE" | "NO_VALUES";
  /** What was sent, as text. */
  readonly text: string;
}

const types = {
  null: 0,
  boolean: 1,
  sbyte: 2,
  int64: 8,
  uint64: 9,
  double: 11,
  string: 12,
} as const;

/** Bits of a status code, OPC 10000-4 section 7.39. */
const SEVERITY_SHIFT = 30;
const OVERFLOW = 0x480;
const TEXT_MAX = 200;
/** Earlier times are not meant: the calendar of OPC UA begins in 1601, and clocks without a battery in 1970. */
const FIRST_AT: EpochMs = Date.UTC(1990, 0, 1);

export function takeValue(sent: SentValue): TakenValue {
  const quality = qualityOf(sent.statusCode.value);
  return {
    value: numberOf(sent),
    quality,
    status: quality === "good" ? null : nameOf(sent.statusCode),
    sourceAt: timeOf(sent.sourceTimestamp),
    serverAt: timeOf(sent.serverTimestamp),
    isOverflow: (sent.statusCode.value & OVERFLOW) === OVERFLOW,
  };
}

/** The two highest bits: 00 good, 01 uncertain, 10 bad, 11 reserved. */
export function qualityOf(status: number): Quality {
  const severity = status >>> SEVERITY_SHIFT;
  return severity === 0 ? "good" : severity === 1 ? "uncertain" : "bad";
}

function numberOf({ value: variant, statusCode }: SentValue): number | NoNumber {
  if (variant === null || variant.dataType === types.null || variant.value === null)
    return { code: "NO_VALUES", text: nameOf(statusCode) };
  const { dataType, arrayType, value } = variant;
  if (arrayType !== 0) return { code: "VALUE_TYPE", text: textOf(value) };
  if (dataType === types.boolean) return value === true ? 1 : 0;
  if (dataType === types.int64 || dataType === types.uint64) {
    const whole = wideNumber(value, dataType === types.int64);
    return whole ?? { code: "VALUE_TYPE", text: textOf(value) };
  }
  const isNumeric = dataType >= types.sbyte && dataType <= types.double;
  if (!isNumeric || typeof value !== "number") return { code: "VALUE_TYPE", text: textOf(value) };
  if (!Number.isFinite(value)) return { code: "VALUE_NOT_FINITE", text: String(value) };
  return value;
}

/** The library gives 64 bits as two halves, the high one first; beyond 2^53 digits are lost. */
function wideNumber(value: unknown, isSigned: boolean): number | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [high, low] = value.map((half) => BigInt(half as number));
  const whole = BigInt.asUintN(64, ((high ?? 0n) << 32n) | BigInt.asUintN(32, low ?? 0n));
  return Number(isSigned ? BigInt.asIntN(64, whole) : whole);
}

function timeOf(at: Date | null): EpochMs | null {
  const ms = at?.getTime() ?? Number.NaN;
  return ms >= FIRST_AT ? ms : null;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value.slice(0, TEXT_MAX);
  if (ArrayBuffer.isView(value)) return `[${String(value).slice(0, TEXT_MAX)}]`;
  return (JSON.stringify(value) ?? String(value)).slice(0, TEXT_MAX);
}

/** Without what the library adds about the bits below. */
function nameOf({ name }: SentValue["statusCode"]): string {
  return name.split("#")[0] ?? name;
}
