import type { MetricRegister, Register, valueOrders, valueTypes } from "./register-map.ts";

type ValueType = (typeof valueTypes)[number];
type ValueOrder = (typeof valueOrders)[number];

const widths: Record<ValueType, number> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
};

/** Registers of 16 bits that a value takes. */
export function registersOf(type: ValueType): number {
  return widths[type];
}

/** A value as it lies in its registers; whole numbers beyond 2^53 lose digits. */
export function decodeRegisters(
  bytes: Buffer,
  { type, order }: { readonly type: ValueType; readonly order: ValueOrder },
): number {
  const sorted = inNetworkOrder(bytes.subarray(0, registersOf(type) * 2), order);
  switch (type) {
    case "int16":
      return sorted.readInt16BE(0);
    case "uint16":
      return sorted.readUInt16BE(0);
    case "int32":
      return sorted.readInt32BE(0);
    case "uint32":
      return sorted.readUInt32BE(0);
    case "float32":
      return sorted.readFloatBE(0);
    case "float64":
      return sorted.readDoubleBE(0);
    case "int64":
      return Number(sorted.readBigInt64BE(0));
    case "uint64":
      return Number(sorted.readBigUInt64BE(0));
  }
}

/** The same bytes with the most significant first. */
function inNetworkOrder(bytes: Buffer, order: ValueOrder): Buffer {
  const sorted = Buffer.from(bytes);
  const swapsBytes = order === "BADC" || order === "DCBA";
  const swapsWords = order === "CDAB" || order === "DCBA";
  if (swapsWords) sorted.reverse();
  // Turning all of it around turns the bytes of each word as well.
  if (swapsWords !== swapsBytes) sorted.swap16();
  return sorted;
}

/** Bits of a whole number, from the lowest on. */
export function decodeBitField(
  bytes: Buffer,
  register: Pick<Register, "type" | "bits"> & { readonly bit: number; readonly order: ValueOrder },
): number {
  const { type, order, bit, bits } = register;
  const sorted = inNetworkOrder(bytes.subarray(0, registersOf(type) * 2), order);
  let whole = 0n;
  for (const byte of sorted) whole = (whole << 8n) | BigInt(byte);
  return Number((whole >> BigInt(bit)) & ((1n << BigInt(bits)) - 1n));
}

/** Bit `index` of the answer to a request for coils or inputs: the first is the lowest of the first byte. */
export function decodeBit(bytes: Buffer, index: number): number {
  return ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1;
}

/**
 * What a raw value means, or in words why it means nothing. A scale such as 0.1 divides by 10, so that 234 gives 23.4
 * and not 23.400000000000002.
 */
export function meaningOf(
  raw: number,
  {
    scale,
    offset,
    values,
    invalid,
  }: Pick<MetricRegister, "scale" | "offset" | "values" | "invalid">,
): number | string {
  if (!Number.isFinite(raw)) return String(raw);
  if (invalid.includes(raw)) return `${raw} means no measurement`;
  if (values === null) return scaled(raw, scale) + offset;
  const value = Object.hasOwn(values, String(raw)) ? values[String(raw)] : undefined;
  return value ?? `${raw} is not in the map`;
}

function scaled(raw: number, scale: number): number {
  const divisor = Math.round(1 / scale);
  const isDivision = Math.abs(scale) < 1 && Math.abs(divisor * scale - 1) < 1e-12;
  return isDivision ? raw / divisor : raw * scale;
}
