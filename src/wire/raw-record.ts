import type { ConfigVersion, EpochMs } from "../model/basics.ts";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../model/reading.ts";

/*
 * Records of topic `raw_sensor_data` as text with one character a byte, for the steps inside Flink, which have
 * no bytes of Node. A reading is what `encodeReading` of stream-codec.ts writes (format 1). A tick is wall time
 * as an event of a partition, stamped like a reading:
 *   u8 format = 2 · f64 at · f64 configVersion     little endian
 */
const READING = 1;
const TICK = 2;

/** A tick's key begins with a letter that no device id has. */
const TICK_KEY = "#tick-";

/** Wall time as an event of one partition; configuration up to `configVersion` is in force from it on. */
export interface TickRecord {
  readonly at: EpochMs;
  readonly configVersion: ConfigVersion;
}

export function isTickKey(key: string): boolean {
  return key.startsWith(TICK_KEY);
}

/**
 * A key for each partition of a topic: a tick must reach every one. Kafka's clients agree on murmur2 of the key
 * and differ in what they make of its sign, so only keys without one are taken.
 */
export function tickKeys(partitions: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let i = 0; keys.size < partitions; i += 1) {
    const key = `${TICK_KEY}${i}`;
    const hash = murmur2(key);
    if (hash >= 0 && !keys.has(hash % partitions)) keys.set(hash % partitions, key);
  }
  return [...keys].toSorted(([a], [b]) => a - b).map(([, key]) => key);
}

/** The value of a tick's record. */
export function encodeRawTick(tick: TickRecord): Uint8Array {
  const bytes = new Uint8Array(17);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TICK);
  view.setFloat64(1, tick.at, true);
  view.setFloat64(9, tick.configVersion, true);
  return bytes;
}

/** What a record says; throws on bytes that we did not write. */
export function decodeRawRecord(
  key: string,
  text: string,
): { readonly reading: Reading } | { readonly tick: TickRecord } {
  const format = text.charCodeAt(0);
  if (format === TICK && text.length === 17) {
    const cursor: Cursor = { text, at: 1 };
    return { tick: { at: readNumber(cursor), configVersion: readNumber(cursor) } };
  }
  if (format !== READING) throw new Error(`Cannot decode a record of "${key}": format ${format}`);
  return { reading: decodeReadingText(key, text) };
}

/** Config version that a record is stamped with, without decoding the rest. */
export function stampOf(text: string): ConfigVersion {
  return readNumber({ text, at: text.charCodeAt(0) === TICK ? 9 : 18 });
}

const SEQ = 1;
const STATUS = 2;
const QUALITIES = 4;
const FAULTS = 8;
const SOURCES = 16;
const qualities: readonly Quality[] = ["good", "uncertain", "bad"];

function decodeReadingText(deviceId: string, text: string): Reading {
  const flags = text.charCodeAt(1);
  const cursor: Cursor = { text, at: 2 };
  const measuredAt = readNumber(cursor);
  const receivedAt = readNumber(cursor);
  const configVersion = readNumber(cursor);
  const seq = flags & SEQ ? readNumber(cursor) : null;
  const reading = {
    deviceId,
    measuredAt,
    receivedAt,
    values: readValues(cursor),
    // Fields below are read in the order in which they were written.
    status: flags & STATUS ? readText(cursor) : null,
    qualities: flags & QUALITIES ? readQualities(cursor) : null,
    faults: flags & FAULTS ? readFaults(cursor) : null,
    sources: flags & SOURCES ? readSources(cursor) : null,
    seq,
    configVersion,
  };
  if (cursor.at > text.length) throw new Error(`Cannot decode a reading of "${deviceId}": cut off`);
  return reading;
}

interface Cursor {
  readonly text: string;
  at: number;
}

// Devices send the same metrics again and again: the names are looked up as one block.
const nameBlocks = new Map<string, readonly string[]>();
const NAME_BLOCKS_MAX = 10_000;

function readValues(cursor: Cursor): Map<string, number> {
  const count = readCount(cursor);
  const size = readCount(cursor);
  const names = readNames(cursor.text.slice(cursor.at, cursor.at + size), count);
  cursor.at += size;
  const values = new Map<string, number>();
  for (const name of names) values.set(name, readNumber(cursor));
  return values;
}

function readNames(block: string, count: number): readonly string[] {
  const known = nameBlocks.get(block);
  if (known?.length === count) return known;
  const names: string[] = [];
  for (let at = 0; names.length < count; ) {
    const length = block.charCodeAt(at);
    if (Number.isNaN(length)) throw new Error("Cannot decode a reading: a name is cut off");
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
    marks.set(name, qualities[cursor.text.charCodeAt(cursor.at)] ?? "bad");
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

const scratch = new DataView(new ArrayBuffer(8));

function readNumber(cursor: Cursor): number {
  scratch.setUint32(0, wordAt(cursor.text, cursor.at), true);
  scratch.setUint32(4, wordAt(cursor.text, cursor.at + 4), true);
  cursor.at += 8;
  return scratch.getFloat64(0, true);
}

function wordAt(text: string, at: number): number {
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
  return low | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24);
}

function readCount(cursor: Cursor): number {
  const { text, at } = cursor;
  cursor.at = at + 2;
  const count = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
  // Past the end the codes are NaN, which the bits above turn into 0.
  if (cursor.at > text.length) throw new Error("Cannot decode a reading: cut off");
  return count;
}

function readName(cursor: Cursor): string {
  const from = cursor.at + 1;
  cursor.at = from + cursor.text.charCodeAt(cursor.at);
  return cursor.text.slice(from, cursor.at);
}

function readText(cursor: Cursor): string {
  const length = readCount(cursor);
  cursor.at += length;
  return fromUtf8(cursor.text.slice(cursor.at - length, cursor.at));
}

/** Text from its UTF-8 bytes; what was cut in the middle of a character ends with the replacement mark. */
function fromUtf8(bytes: string): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes.charCodeAt(at);
    const more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let code = more === 0 ? lead : lead & (0x3f >> more);
    for (let i = 1; i <= more; i += 1) code = (code << 6) | (bytes.charCodeAt(at + i) & 0x3f);
    text += at + more < bytes.length ? String.fromCodePoint(code) : "\ufffd";
    at += 1 + more;
  }
  return text;
}

/** A. Appleby's MurmurHash2 as Kafka's clients use it on keys (public domain). */
function murmur2(key: string): number {
  const M = 0x5bd1e995;
  const { length } = key;
  let h = 0x9747b28c ^ length;
  const whole = length - (length % 4);
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(wordAt(key, at), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  if (length % 4 > 2) h ^= key.charCodeAt(whole + 2) << 16;
  if (length % 4 > 1) h ^= key.charCodeAt(whole + 1) << 8;
  if (length % 4 > 0) h = Math.imul(h ^ key.charCodeAt(whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
