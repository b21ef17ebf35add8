import { type ByteReader, type ByteWriter, ZIGZAG_MAX } from "./bytes.ts";

/** Decimal places tried before a column is stored as it is. */
const MAX_DECIMALS = 9;
/** Encodings 0–9 are decimal places of scaled differences. */
const RAW = 255;
/** A scaled value stays below half of it, so that every difference fits. */
const SCALED_MAX = ZIGZAG_MAX / 4;

const powers = Array.from({ length: MAX_DECIMALS + 1 }, (_, decimals) => 10 ** decimals);

/** `values`: neighbours are alike. `steps`: the distance between neighbours is alike (times, counters). */
export type ColumnShape = "values" | "steps";

/**
 * Writes `count` numbers so that exactly the same doubles come back; NaN means absent. Decimal numbers become
 * differences of whole numbers; a column that is not decimal, checked value by value, stays raw.
 */
export function encodeNumbers(
  writer: ByteWriter,
  column: ArrayLike<number>,
  count: number,
  shape: ColumnShape = "values",
): void {
  const present = writePresence(writer, column, count);
  const decimals = decimalsOf(present);
  if (decimals === null) {
    writer.byte(RAW);
    writeRaw(writer, present);
    return;
  }
  writer.byte(decimals);
  const scale = powers[decimals] ?? 1;
  let previous = 0;
  let step = 0;
  for (let i = 0; i < present.length; i += 1) {
    const scaled = Math.round((present[i] ?? 0) * scale);
    const difference = scaled - previous;
    writer.zigzag(difference - step);
    // The first difference is the level itself, not a step that the second would repeat.
    if (shape === "steps" && i > 0) step = difference;
    previous = scaled;
  }
}

/** Reads what `encodeNumbers` wrote; absent values are NaN. */
export function decodeNumbers(
  reader: ByteReader,
  count: number,
  shape: ColumnShape = "values",
): Float64Array {
  const column = new Float64Array(count);
  const bitmap = reader.byte() === 0 ? null : reader.raw((count + 7) >> 3);
  const encoding = reader.byte();
  const raw = encoding === RAW ? readRaw(reader, presentIn(bitmap, count)) : null;
  const scale = powers[encoding] ?? 1;
  let previous = 0;
  let step = 0;
  let seen = 0;
  for (let i = 0; i < count; i += 1) {
    if (bitmap !== null && ((bitmap[i >> 3] ?? 0) & (1 << (i & 7))) === 0) {
      column[i] = Number.NaN;
      continue;
    }
    if (raw !== null) {
      column[i] = raw[seen] ?? 0;
    } else {
      const difference = reader.zigzag() + step;
      if (shape === "steps" && seen > 0) step = difference;
      previous += difference;
      column[i] = previous / scale;
    }
    seen += 1;
  }
  return column;
}

function writePresence(writer: ByteWriter, column: ArrayLike<number>, count: number): Float64Array {
  const present = new Float64Array(count);
  const bitmap = new Uint8Array((count + 7) >> 3);
  let seen = 0;
  for (let i = 0; i < count; i += 1) {
    const value = column[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    present[seen++] = value;
    bitmap[i >> 3] = (bitmap[i >> 3] ?? 0) | (1 << (i & 7));
  }
  writer.byte(seen === count ? 0 : 1);
  if (seen < count) writer.raw(bitmap);
  return present.subarray(0, seen);
}

function presentIn(bitmap: Uint8Array | null, count: number): number {
  if (bitmap === null) return count;
  let present = 0;
  for (let i = 0; i < count; i += 1) present += ((bitmap[i >> 3] ?? 0) >> (i & 7)) & 1;
  return present;
}

/** Decimal places at which every value survives the way there and back; null: there are none. */
function decimalsOf(values: Float64Array): number | null {
  let decimals = 0;
  for (let i = 0; i < values.length; i += 1) {
    while (!survives(values[i] ?? 0, powers[decimals] ?? 1)) {
      decimals += 1;
      if (decimals > MAX_DECIMALS) return null;
    }
  }
  // More places than a value needs may still break it, so all are checked at the places finally taken.
  const scale = powers[decimals] ?? 1;
  return values.every((value) => survives(value, scale)) ? decimals : null;
}

function survives(value: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  if (scaled > SCALED_MAX || scaled < -SCALED_MAX) return false;
  // Whole numbers have no negative zero.
  return scaled / scale === value && (value !== 0 || 1 / value > 0);
}

/** Byte planes: the slow-moving sign and exponent bytes stand together, which is what compresses. */
function writeRaw(writer: ByteWriter, values: Float64Array): void {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(new ArrayBuffer(8));
  values.forEach((value, i) => {
    view.setFloat64(0, value);
    for (let plane = 0; plane < 8; plane += 1) {
      bytes[plane * values.length + i] = view.getUint8(plane);
    }
  });
  writer.raw(bytes);
}

function readRaw(reader: ByteReader, count: number): Float64Array {
  const bytes = reader.raw(count * 8);
  const view = new DataView(new ArrayBuffer(8));
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    for (let plane = 0; plane < 8; plane += 1) {
      view.setUint8(plane, bytes[plane * count + i] ?? 0);
    }
    values[i] = view.getFloat64(0);
  }
  return values;
}
