import type { ReadBlock } from "./read-plan.ts";
import type { ReadFunction } from "./register-map.ts";

/** Frames of Modbus RTU as serial gateways carry them over TCP: unit, function, data, CRC; no header. */

const CRC_BYTES = 2;
const REQUEST_BYTES = 8;
/** An answer that refuses: unit, function with its highest bit, exception code, CRC. */
const EXCEPTION_BYTES = 5;
/** Most bytes of data that one answer may have, and of the whole (specification of the serial line, 2.5.1). */
const ANSWER_MAX = 256;

/** CRC-16 of Modbus: polynomial 0xA001, begins with 0xFFFF, low byte first on the wire. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

export function encodeRequest(unit: number, { function: code, address, count }: ReadBlock): Buffer {
  const frame = Buffer.alloc(REQUEST_BYTES);
  frame.writeUInt8(unit, 0);
  frame.writeUInt8(code, 1);
  frame.writeUInt16BE(address, 2);
  frame.writeUInt16BE(count, 4);
  frame.writeUInt16LE(crcOf(frame.subarray(0, 6)), 6);
  return frame;
}

/** One whole request to read, neither more nor less, with the right checksum. */
export function isRtuReadRequest(frame: Uint8Array, functions: readonly ReadFunction[]): boolean {
  if (frame.byteLength !== REQUEST_BYTES) return false;
  const code = frame[1];
  const sum = (frame[6] ?? 0) | ((frame[7] ?? 0) << 8);
  return functions.some((one) => one === code) && sum === crcOf(frame.subarray(0, 6));
}

/** What the bytes that came so far are. */
export type RtuAnswer =
  | { readonly kind: "more" }
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "exception"; readonly code: number }
  /** The line is in doubt: it must be opened anew. */
  | { readonly kind: "broken"; readonly reason: string };

/** Reads the answer to one request. There is no length in front: what it may be follows from what was asked. */
export function decodeAnswer(received: Buffer, unit: number, block: ReadBlock): RtuAnswer {
  const broken = (reason: string): RtuAnswer => ({ kind: "broken", reason });
  if (received.length > ANSWER_MAX) return broken("the answer is too long");
  if (received.length < EXCEPTION_BYTES) return { kind: "more" };
  const code = received.readUInt8(1);
  const isException = code === (block.function | 0x80);
  if (received.readUInt8(0) !== unit || (!isException && code !== block.function))
    return broken("another answer came than the one that was asked for");
  const asked = block.function <= 2 ? Math.ceil(block.count / 8) : block.count * 2;
  if (!isException && received.readUInt8(2) !== asked)
    return broken("the answer has another length than was asked for");
  const length = isException ? EXCEPTION_BYTES : 3 + asked + CRC_BYTES;
  if (received.length < length) return { kind: "more" };
  if (received.length > length) return broken("more came than was asked for");
  const body = received.subarray(0, length - CRC_BYTES);
  if (received.readUInt16LE(length - CRC_BYTES) !== crcOf(body))
    return broken("its checksum is wrong");
  if (isException) return { kind: "exception", code: received.readUInt8(2) };
  return { kind: "data", bytes: Buffer.from(body.subarray(3)) };
}
