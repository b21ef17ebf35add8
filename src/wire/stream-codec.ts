import type { ControlEvent, StreamEvent } from "../model/control.ts";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../model/reading.ts";
import { isTickKey } from "./raw-record.ts";

/** A record as the bus delivers it; the key of a reading's record is its device id. */
export interface StreamRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** What a record of the topics `raw_sensor_data` and `control` says; throws on bytes we did not write. */
export function decodeStreamEvent(record: StreamRecord): StreamEvent {
  if (record.topic === "raw_sensor_data") {
    if (isTickKey(record.key)) return { kind: "tick", at: asBuffer(record.value).readDoubleLE(1) };
    return { kind: "reading", reading: decodeReading(record.key, record.value) };
  }
  if (record.topic !== "control") {
    throw new Error(`Cannot decode a record of topic "${record.topic}": it feeds no step`);
  }
  const content = JSON.parse(asBuffer(record.value).toString("utf8")) as
    | ControlEvent
    | { readonly kind: "tick"; readonly at: number };
  return "kind" in content
    ? { kind: "tick", at: content.at }
    : { kind: "control", control: content };
}

/** The value of a record of topic `control`. */
export function encodeControl(event: ControlEvent): Uint8Array {
  return Buffer.from(JSON.stringify(event));
}

/** The value of a tick's record in topic `control`. */
export function encodeTick(at: number): Uint8Array {
  return Buffer.from(`{"kind":"tick","at":${at}}`);
}

/*
 * A reading's value, little endian; the device id is the record's key and not repeated:
 *   u8 format = 1 · u8 flags · f64 measuredAt · f64 receivedAt · f64 configVersion · [f64 seq]
 *   u16 metrics · u16 bytes of names · (u8 length, ASCII)… · f64 value…
 *   [status: text] [qualities: u16, (name, u8)…] [faults: u16, (name, code, raw: text)…]
 *   [sources: u16, (name, f64, unit: text)…]       name = u8 length + ASCII; text = u16 length + UTF-8
 */
const FORMAT = 1;
const SEQ = 1;
const STATUS = 2;
const QUALITIES = 4;
const FAULTS = 8;
const SOURCES = 16;
const qualities: readonly Quality[] = ["good", "uncertain", "bad"];

// One scratch area for all encodings: readings are encoded one after the other and copied out once.
let scratch = Buffer.allocUnsafe(64 * 1024);
let view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);
let end = 0;

/** Numbers are kept to the bit. */
export function encodeReading(reading: Reading): Uint8Array {
  for (;;) {
    try {
      end = 0;
      writeReading(reading);
      return Uint8Array.prototype.slice.call(scratch, 0, end);
    } catch (failure) {
      if (!(failure instanceof RangeError) || scratch.length > 64 * 1024 * 1024) throw failure;
      scratch = Buffer.allocUnsafe(scratch.length * 4);
      view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);
    }
  }
}

function writeReading(reading: Reading): void {
  const { seq, status, qualities: marks, faults, sources } = reading;
  scratch[0] = FORMAT;
  scratch[1] =
    (seq === null ? 0 : SEQ) |
    (status === null ? 0 : STATUS) |
    (marks === null ? 0 : QUALITIES) |
    (faults === null ? 0 : FAULTS) |
    (sources === null ? 0 : SOURCES);
  end = 2;
  writeNumber(reading.measuredAt);
  writeNumber(reading.receivedAt);
  writeNumber(reading.configVersion);
  if (seq !== null) writeNumber(seq);
  writeValues(reading.values);
  if (status !== null) writeText(status);
  if (marks !== null) writeQualities(marks);
  if (faults !== null) writeFaults(faults);
  if (sources !== null) writeSources(sources);
}

function writeValues(values: ReadonlyMap<string, number>): void {
  writeCount(values.size);
  const sizeAt = end;
  end += 2;
  for (const name of values.keys()) writeName(name);
  view.setUint16(sizeAt, end - sizeAt - 2, true);
  for (const value of values.values()) writeNumber(value);
}

function writeQualities(marks: ReadonlyMap<string, Quality>): void {
  writeCount(marks.size);
  for (const [name, quality] of marks) {
    writeName(name);
    view.setUint8(end, qualities.indexOf(quality));
    end += 1;
  }
}

function writeFaults(faults: ReadonlyMap<string, ValueFault>): void {
  writeCount(faults.size);
  for (const [name, fault] of faults) {
    writeName(name);
    writeText(fault.code);
    writeText(fault.raw);
  }
}

function writeSources(sources: ReadonlyMap<string, SourceQuantity>): void {
  writeCount(sources.size);
  for (const [name, source] of sources) {
    writeName(name);
    writeNumber(source.value);
    writeText(source.unit);
  }
}

function writeNumber(value: number): void {
  view.setFloat64(end, value, true);
  end += 8;
}

function writeCount(value: number): void {
  view.setUint16(end, value, true);
  end += 2;
}

function writeName(name: string): void {
  const { length } = name;
  view.setUint8(end, length);
  end += 1;
  for (let i = 0; i < length; i += 1) scratch[end + i] = name.charCodeAt(i);
  end += length;
}

/** Texts are short by validation; what exceeds 65,535 bytes is cut rather than refused. */
function writeText(text: string): void {
  const bytes = Math.min(Buffer.byteLength(text, "utf8"), 65_535);
  if (end + 2 + bytes > scratch.length) throw new RangeError("scratch area is too small");
  const written = scratch.write(text, end + 2, bytes, "utf8");
  view.setUint16(end, written, true);
  end += 2 + written;
}

// Devices send the same metrics again and again: the names are looked up as one block.
const nameBlocks = new Map<string, readonly string[]>();
const NAME_BLOCKS_MAX = 10_000;

/** The reading of a record of topic `raw_sensor_data`. */
export function decodeReading(deviceId: string, value: Uint8Array): Reading {
  const bytes = asBuffer(value);
  if (bytes[0] !== FORMAT) {
    throw new Error(`Cannot decode a reading of "${deviceId}": format ${String(bytes[0])}`);
  }
  const cursor: Cursor = { bytes, at: 26 };
  const flags = bytes[1] ?? 0;
  const seq = flags & SEQ ? readNumber(cursor) : null;
  const values = readValues(cursor);
  return {
    deviceId,
    measuredAt: bytes.readDoubleLE(2),
    receivedAt: bytes.readDoubleLE(10),
    values,
    // Fields below are read in the order in which they were written.
    status: flags & STATUS ? readText(cursor) : null,
    qualities: flags & QUALITIES ? readQualities(cursor) : null,
    faults: flags & FAULTS ? readFaults(cursor) : null,
    sources: flags & SOURCES ? readSources(cursor) : null,
    seq,
    configVersion: bytes.readDoubleLE(18),
  };
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function readValues(cursor: Cursor): Map<string, number> {
  const { bytes } = cursor;
  const count = bytes.readUInt16LE(cursor.at);
  const size = bytes.readUInt16LE(cursor.at + 2);
  const namesAt = cursor.at + 4;
  const names = readNames(bytes.toString("latin1", namesAt, namesAt + size), count);
  let at = namesAt + size;
  const values = new Map<string, number>();
  for (const name of names) {
    values.set(name, bytes.readDoubleLE(at));
    at += 8;
  }
  cursor.at = at;
  return values;
}

function readNames(block: string, count: number): readonly string[] {
  const known = nameBlocks.get(block);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (let at = 0; names.length < count; ) {
    const length = block.charCodeAt(at);
    names.push(block.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (nameBlocks.size >= NAME_BLOCKS_MAX) nameBlocks.clear();
  nameBlocks.set(block, names);
  return names;
}

function readQualities(cursor: Cursor): Map<string, Quality> {
  const marks = new Map<string, Quality>();
  for (let count = readCount(cursor); count > 0; count -= 1) {
    const name = readName(cursor);
    marks.set(name, qualities[cursor.bytes[cursor.at] ?? 0] ?? "bad");
    cursor.at += 1;
  }
  return marks;
}

function readFaults(cursor: Cursor): Map<string, ValueFault> {
  const faults = new Map<string, ValueFault>();
  for (let count = readCount(cursor); count > 0; count -= 1) {
    faults.set(readName(cursor), { code: readText(cursor), raw: readText(cursor) });
  }
  return faults;
}

function readSources(cursor: Cursor): Map<string, SourceQuantity> {
  const sources = new Map<string, SourceQuantity>();
  for (let count = readCount(cursor); count > 0; count -= 1) {
    sources.set(readName(cursor), { value: readNumber(cursor), unit: readText(cursor) });
  }
  return sources;
}

function readNumber(cursor: Cursor): number {
  cursor.at += 8;
  return cursor.bytes.readDoubleLE(cursor.at - 8);
}

function readCount(cursor: Cursor): number {
  cursor.at += 2;
  return cursor.bytes.readUInt16LE(cursor.at - 2);
}

function readName(cursor: Cursor): string {
  const length = cursor.bytes[cursor.at] ?? 0;
  const from = cursor.at + 1;
  cursor.at = from + length;
  return cursor.bytes.toString("latin1", from, cursor.at);
}

function readText(cursor: Cursor): string {
  const length = readCount(cursor);
  cursor.at += length;
  return cursor.bytes.toString("utf8", cursor.at - length, cursor.at);
}
