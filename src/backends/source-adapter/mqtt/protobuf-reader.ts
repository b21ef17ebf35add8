/** One field of a protobuf message: its number and what the wire says of it. */
export type WireField =
  | { readonly field: number; readonly kind: "varint" | "fixed"; readonly bits: bigint }
  | { readonly field: number; readonly kind: "bytes"; readonly bytes: Buffer };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** Bytes of the longest varint. */
const VARINT_MAX = 10;

/**
 * Fields of one level of a message, in their order; throws a RangeError for bytes that are no protobuf. It enters no
 * nested message by itself, so that no message can make it recurse.
 */
export function* readFields(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let n = 0; n < VARINT_MAX; n += 1) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * n);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number that does not end");
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        yield { field, kind: "varint", bits: varint() };
        break;
      case FIXED64:
        yield { field, kind: "fixed", bits: bytes.readBigUInt64LE(at) };
        at += 8;
        break;
      case FIXED32:
        yield { field, kind: "fixed", bits: BigInt(bytes.readUInt32LE(at)) };
        at += 4;
        break;
      case LENGTH: {
        const length = Number(varint());
        if (at + length > bytes.length)
          throw new RangeError("a part that is longer than the whole");
        yield { field, kind: "bytes", bytes: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      default:
        throw new RangeError("a field of an unknown kind");
    }
  }
}

export function floatOf(bits: bigint): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(BigInt.asUintN(32, bits)));
  return bytes.readFloatLE();
}

export function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes.readDoubleLE();
}
