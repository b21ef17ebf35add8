/**
 * What crosses between the Java host inside Flink and the steps: text alone, so that one call carries a batch.
 * A frame says its lengths, so that any content may stand in it:
 *   in   `<source><partition>:<offset>:<origin length>:<key length>:<value length>:<origin><key><value>`
 *   out  `<target><key length>:<value length>:<key><value>`
 */

/** Topics that feed a job: readings and ticks as bytes (one character each), the others as text. */
export type FrameSource = "r" | "c" | "a";
/** Where an output goes: anomalies, aggregates (g), alerts (t: transitions), dead letters, or the keyed state. */
export type FrameTarget = "a" | "g" | "t" | "d" | "s";

/** One record of a topic. */
export interface Frame {
  readonly source: FrameSource;
  readonly partition: number;
  readonly offset: number;
  /** What the bus notes of where it comes from, `<outbox> <offset> <appendedAt>`; empty: nothing. */
  readonly origin: string;
  readonly key: string;
  readonly value: string;
}

/** Names of the topics, as they stand in dead letters. */
export const sourceTopics: Readonly<Record<FrameSource, string>> = {
  r: "raw_sensor_data",
  c: "control",
  a: "anomalies",
};

export function encodeFrame(frame: Frame): string {
  const { source, partition, offset, origin, key, value } = frame;
  const place = `${source}${partition}:${offset}`;
  return `${place}:${origin.length}:${key.length}:${value.length}:${origin}${key}${value}`;
}

export function encodeOutput(target: FrameTarget, key: string, value: string): string {
  return `${target}${key.length}:${value.length}:${key}${value}`;
}

/** Hands each frame of a batch over, in order. */
export function eachFrame(text: string, take: (frame: Frame) => void): void {
  const cursor: Cursor = { text, at: 0 };
  while (cursor.at < text.length) {
    const source = readLetter(cursor) as FrameSource;
    const partition = readCount(cursor);
    const offset = readCount(cursor);
    const originLength = readCount(cursor);
    const keyLength = readCount(cursor);
    const valueLength = readCount(cursor);
    const origin = readPart(cursor, originLength);
    const key = readPart(cursor, keyLength);
    take({ source, partition, offset, origin, key, value: readPart(cursor, valueLength) });
  }
}

/** Hands each output of a batch over, in order. */
export function eachOutput(
  text: string,
  take: (target: FrameTarget, key: string, value: string) => void,
): void {
  const cursor: Cursor = { text, at: 0 };
  while (cursor.at < text.length) {
    const target = readLetter(cursor) as FrameTarget;
    const keyLength = readCount(cursor);
    const valueLength = readCount(cursor);
    const key = readPart(cursor, keyLength);
    take(target, key, readPart(cursor, valueLength));
  }
}

interface Cursor {
  readonly text: string;
  at: number;
}

const COLON = 58;
const ZERO = 48;

function readLetter(cursor: Cursor): string {
  cursor.at += 1;
  return cursor.text[cursor.at - 1] ?? "";
}

/** Digits up to the next colon. */
function readCount(cursor: Cursor): number {
  const { text } = cursor;
  let count = 0;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    cursor.at += 1;
    if (code === COLON) return count;
    const digit = code - ZERO;
    // NaN, past the end, is refused here too.
    if (!(digit >= 0 && digit <= 9)) throw new Error(`Cannot read a frame at ${cursor.at - 1}`);
    count = count * 10 + digit;
  }
}

function readPart(cursor: Cursor, length: number): string {
  const begin = cursor.at;
  cursor.at += length;
  if (cursor.at > cursor.text.length) throw new Error("Cannot read a frame: it is cut off");
  return cursor.text.slice(begin, cursor.at);
}
