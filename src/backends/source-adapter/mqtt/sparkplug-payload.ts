import type { EpochMs } from "../../../model/basics.ts";
import type { Quality } from "../../../model/reading.ts";
import { canonicalUnit } from "../../../model/units.ts";
import { doubleOf, floatOf, readFields, type WireField } from "./protobuf-reader.ts";

/**
 * Payloads of Sparkplug B (specification 3.0, chapter 6.4). Read by ourselves: messages with data need not repeat the
 * data type of a metric, and without it the common library gives no value.
 */

/** Number of a data type (`Sparkplug_DataType`). */
export type DataType = number;

export interface SparkplugMetric {
  /** null: the message goes by the alias alone. */
  readonly name: string | null;
  /** As text: it may have 64 bits. null: it has none. */
  readonly alias: string | null;
  readonly timestamp: EpochMs | null;
  /** null: that of its birth. */
  readonly type: DataType | null;
  readonly isHistorical: boolean;
  /** As it was sent; the type says what it means. */
  readonly raw: RawValue;
  /** Of its properties; null: they do not say. */
  readonly quality: Quality | null;
  readonly unit: string | null;
}

export type RawValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "bits"; readonly bits: bigint }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "null" }
  /** Something that is no single value: a data set, a template, a file. */
  | { readonly kind: "other" };

export interface SparkplugPayload {
  readonly timestamp: EpochMs | null;
  readonly seq: number | null;
  readonly metrics: readonly SparkplugMetric[];
}

/** Metrics of one message. */
const METRICS_MAX = 5_000;

/** Throws a RangeError for bytes that are no Sparkplug payload. */
export function decodePayload(bytes: Buffer): SparkplugPayload {
  let timestamp: EpochMs | null = null;
  let seq: number | null = null;
  const metrics: SparkplugMetric[] = [];
  for (const field of readFields(bytes)) {
    if (field.field === 1 && field.kind === "varint") timestamp = Number(field.bits);
    if (field.field === 3 && field.kind === "varint") seq = Number(field.bits);
    if (field.field !== 2 || field.kind !== "bytes") continue;
    if (metrics.length >= METRICS_MAX) throw new RangeError(`more than ${METRICS_MAX} metrics`);
    metrics.push(decodeMetric(field.bytes));
  }
  return { timestamp, seq, metrics };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function decodeMetric(bytes: Buffer): SparkplugMetric {
  const metric: Writable<SparkplugMetric> = {
    name: null,
    alias: null,
    timestamp: null,
    type: null,
    isHistorical: false,
    raw: { kind: "null" },
    quality: null,
    unit: null,
  };
  let isNull = false;
  for (const field of readFields(bytes)) {
    if (field.kind === "bytes") takeBytes(metric, field.field, field.bytes);
    else if (field.kind === "varint") isNull = takeNumber(metric, field) || isNull;
    else if (field.field === 12) metric.raw = { kind: "number", value: floatOf(field.bits) };
    else if (field.field === 13) metric.raw = { kind: "number", value: doubleOf(field.bits) };
  }
  if (isNull) metric.raw = { kind: "null" };
  return metric;
}

function takeBytes(metric: Writable<SparkplugMetric>, field: number, bytes: Buffer): void {
  if (field === 1) metric.name = bytes.toString("utf8");
  if (field === 15) metric.raw = { kind: "text", value: bytes.toString("utf8") };
  if (field === 9) Object.assign(metric, propertiesOf(bytes));
  if (field >= 16 && field <= 19) metric.raw = { kind: "other" };
}

/** True: the metric says that it is null. */
function takeNumber(
  metric: Writable<SparkplugMetric>,
  { field, bits }: Extract<WireField, { bits: bigint }>,
): boolean {
  if (field === 2) metric.alias = String(bits);
  if (field === 3) metric.timestamp = Number(bits);
  if (field === 4) metric.type = Number(bits);
  if (field === 5) metric.isHistorical = bits !== 0n;
  // int_value, long_value, boolean_value: which of them a type uses differs between senders.
  if (field === 10 || field === 11 || field === 14) metric.raw = { kind: "bits", bits };
  return field === 7 && bits !== 0n;
}

/** Quality codes of the specification (6.4.16), and of OPC DA that many gateways hand on. */
function qualityOf(code: number): Quality {
  if (code >= 192 && code < 256) return "good";
  return code >= 64 && code < 128 ? "uncertain" : "bad";
}

function propertiesOf(bytes: Buffer): Partial<Pick<SparkplugMetric, "quality" | "unit">> {
  const fields = [...readFields(bytes)].flatMap((field) => (field.kind === "bytes" ? [field] : []));
  const keys = fields.filter(({ field }) => field === 1).map((one) => one.bytes.toString("utf8"));
  const values = fields.filter(({ field }) => field === 2).map((one) => one.bytes);
  const found: Writable<Partial<Pick<SparkplugMetric, "quality" | "unit">>> = {};
  for (const [index, key] of keys.entries()) {
    const value = propertyOf(values[index] ?? Buffer.alloc(0));
    if (key.toLowerCase() === "quality" && typeof value === "number")
      found.quality = qualityOf(value);
    if (/^eng(ineering)? ?unit$/i.test(key) && typeof value === "string")
      found.unit = canonicalUnit(value);
  }
  return found;
}

function propertyOf(bytes: Buffer): number | string | null {
  for (const field of readFields(bytes)) {
    if (field.kind === "varint" && (field.field === 3 || field.field === 4))
      return Number(field.bits);
    if (field.kind === "bytes" && field.field === 8) return field.bytes.toString("utf8");
  }
  return null;
}

/** Bits of the whole-number types, and whether they have a sign. */
const wholes: Readonly<Record<DataType, readonly [bits: number, isSigned: boolean]>> = {
  1: [8, true],
  2: [16, true],
  3: [32, true],
  4: [64, true],
  5: [8, false],
  6: [16, false],
  7: [32, false],
  8: [64, false],
  13: [64, false],
};
const FLOAT = 9;
const DOUBLE = 10;
const BOOLEAN = 11;

/** Whether values of a type can be a metric of ours. */
export function isNumeric(type: DataType | null): boolean {
  return type !== null && (type in wholes || [FLOAT, DOUBLE, BOOLEAN].includes(type));
}

/** The value as the type means it; a text or null where it is no number. */
export function meaningOf(raw: RawValue, type: DataType | null): number | string | null {
  if (raw.kind === "number" || raw.kind === "text") return raw.value;
  if (raw.kind === "null") return null;
  if (raw.kind === "other") return "no single value";
  const whole = type === null ? undefined : wholes[type];
  if (whole === undefined) return Number(raw.bits);
  const [bits, isSigned] = whole;
  return Number(isSigned ? BigInt.asIntN(bits, raw.bits) : BigInt.asUintN(bits, raw.bits));
}

/** `Node Control/Rebirth = true`: the one command that IAI ever sends, and only where it is allowed. */
export function encodeRebirth(at: EpochMs): Buffer {
  const name = Buffer.from("Node Control/Rebirth");
  const metric = Buffer.concat([
    Buffer.from([0x0a, name.length]),
    name,
    Buffer.from([0x20, BOOLEAN, 0x70, 1]),
  ]);
  return Buffer.concat([
    Buffer.from([0x08]),
    encodeVarint(BigInt(Math.floor(at))),
    Buffer.from([0x12, metric.length]),
    metric,
  ]);
}

function encodeVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
