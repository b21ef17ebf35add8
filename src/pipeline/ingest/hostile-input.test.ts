import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type IngestStation,
  ingestNow,
  openIngestStation,
} from "../../../test/fixtures/ingest-station.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IngestAnswer } from "../../ports/source-adapter.ts";

/** One hostile item as the text that is sent, and what must become of it. */
interface Hostile {
  readonly text: string;
  /** The item is refused with `code`, or only its metric `field` is marked bad with it. */
  readonly code: string;
  readonly field: string | null;
}

const timestamp = `"timestamp":"2026-02-28T12:00:00Z"`;
const head = `"device_id":"H1",${timestamp}`;
const refused = (text: string, code: string): Hostile => ({ text, code, field: null });
const bad = (value: string, code: string): Hostile => ({
  text: `{${head},"temperature":${value},"current":1}`,
  code,
  field: "temperature",
});
const withId = (id: string): Hostile =>
  refused(`{"device_id":${id},${timestamp},"current":1}`, "DEVICE_ID_INVALID");
const withTime = (time: string, code: string): Hostile =>
  refused(`{"device_id":"H1","timestamp":${time},"current":1}`, code);
const withField = (field: string, code: string): Hostile =>
  refused(`{${head},"current":1,${field}}`, code);

const values: readonly Hostile[] = [
  ...["1e400", "-1e400", "1e99999", `1${"0".repeat(400)}`].map((v) => bad(v, "VALUE_NOT_FINITE")),
  ...["null", "true", "false", '""', '"12,5"', '"NaN"', "[]", "{}", "[1]", '{"__proto__":1}'].map(
    (v) => bad(v, "VALUE_TYPE"),
  ),
  ...["1e300", "2000.01", "-273.16", "12345678901234567890"].map((v) =>
    bad(v, "VALUE_OUT_OF_RANGE"),
  ),
];
const units: readonly Hostile[] = [
  ['"parsec"', "UNIT_UNKNOWN"],
  ["null", "UNIT_UNKNOWN"],
  ["{}", "UNIT_UNKNOWN"],
  ['"toString"', "UNIT_UNKNOWN"],
  ['"bar"', "UNIT_INCOMPATIBLE"],
  ['"mm/s"', "UNIT_INCOMPATIBLE"],
].map(([unit = "", code = ""]) => ({
  text: `{${head},"temperature":1,"current":1,"units":{"temperature":${unit}}}`,
  code,
  field: "temperature",
}));
const ids = [
  '""',
  '" "',
  '"a b"',
  '"a/b"',
  '"泵"',
  '"a\\u0000"',
  '"\\ud800"',
  '"../../etc"',
  '"<script>"',
  `"${"x".repeat(51)}"`,
  "1",
  "null",
  "true",
  "[]",
  "{}",
  '"a\\n"',
].map(withId);
const times: readonly Hostile[] = [
  ...[
    "2026-02-30T12:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-28T25:00:00Z",
    "",
    "now",
    "2026-02-28",
    "1772280000000",
  ].map((time) => withTime(`"${time}"`, "TS_INVALID")),
  withTime('"2026-02-28T12:00:00"', "TS_NO_ZONE"),
  withTime('"2026-02-28T12:00"', "TS_NO_ZONE"),
  withTime("1.5", "TS_INVALID"),
  withTime("1e400", "TS_INVALID"),
  withTime("9007199254740993", "TS_INVALID"),
  withTime("9007199254740991", "TS_IN_FUTURE"),
  withTime(String(ingestNow + 300_001), "TS_IN_FUTURE"),
  withTime('"9999-12-31T23:59:59Z"', "TS_IN_FUTURE"),
  withTime(String(Math.floor(ingestNow / 1_000)), "TS_TOO_OLD"),
  withTime("0", "TS_TOO_OLD"),
  withTime("-1", "TS_TOO_OLD"),
  withTime('"0001-01-01T00:00:00Z"', "TS_TOO_OLD"),
  ...["null", "true", "[]", "{}"].map((time) => withTime(time, "FIELD_TYPE")),
];
const structures: readonly Hostile[] = [
  ...["null", "1", '"x"', "true", "[]", "[[]]"].map((item) => refused(item, "FIELD_TYPE")),
  refused("{}", "FIELD_MISSING"),
  refused(`{${timestamp},"current":1}`, "FIELD_MISSING"),
  refused(`{"device_id":"H1","current":1}`, "FIELD_MISSING"),
  refused(`{"__proto__":{"device_id":"H1",${timestamp}},"current":1}`, "FIELD_MISSING"),
  withField('"__proto__":{"admin":true}', "FIELD_UNKNOWN"),
  withField('"constructor":{}', "FIELD_UNKNOWN"),
  withField('"toString":1', "FIELD_UNKNOWN"),
  withField('"flow":1', "FIELD_UNKNOWN"),
  withField('"":1', "FIELD_UNKNOWN"),
  ...["[]", "null", "1", '"x"'].flatMap((v) =>
    ["metrics", "units", "quality"].map((name) => withField(`"${name}":${v}`, "FIELD_TYPE")),
  ),
  ...["__proto__", "constructor", "hasOwnProperty", "a b", "", "x".repeat(51), "轴承"].map((name) =>
    withField(`"metrics":{"${name}":1}`, "FIELD_UNKNOWN"),
  ),
  withField('"metrics":{"current":1}', "KEY_DUPLICATE"),
  withField('"quality":{"current":"GOOD"}', "FIELD_TYPE"),
  withField('"quality":{"current":null}', "FIELD_TYPE"),
  ...["1.5", "1e400", '"1"', "null", "9007199254740993"].map((v) =>
    withField(`"seq":${v}`, "FIELD_TYPE"),
  ),
  ...["1", "null", `"${"x".repeat(51)}"`].map((v) => withField(`"status":${v}`, "FIELD_TYPE")),
  ...["1", "null", '""', '"a b"'].map((v) => withField(`"line_id":${v}`, "FIELD_TYPE")),
  refused(`{${head}}`, "NO_VALUES"),
  refused(`{${head},"metrics":{}}`, "NO_VALUES"),
  refused(`{${head},"temperature":null,"metrics":{"flow":1e400}}`, "NO_VALUES"),
  refused(
    `{${head},"metrics":{${Array.from({ length: 1_001 }, (_, i) => `"m${i}":1`)}}}`,
    "TOO_LARGE",
  ),
  refused(`{${head},"metrics":{"a":${"[".repeat(8)}${"]".repeat(8)}}}`, "DEPTH"),
  refused(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`, "DEPTH"),
];
const items: readonly Hostile[] = [...values, ...units, ...ids, ...times, ...structures];

/** Texts that make a JSON body unreadable wherever they stand in it; as a line of NDJSON only that line. */
const unreadable: readonly (readonly [Uint8Array, string])[] = [
  ...[
    "{",
    "}",
    '{"a":}',
    "{'a':1}",
    "NaN",
    "Infinity",
    "+1",
    "01",
    ".5",
    "1.",
    "0x10",
    '{"a":1,}',
    "undefined",
    '"\u0001"',
    "//",
  ].map((text) => [Buffer.from(text), "JSON_INVALID"] as const),
  ...[
    '{"a":1,"a":1}',
    `{${head},"current":1,"current":2}`,
    '{"a":{"b":1,"\\u0062":1}}',
    '{"__proto__":1,"__proto__":1}',
  ].map((text) => [Buffer.from(text), "KEY_DUPLICATE"] as const),
  ...[[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map(
    (bytes) => [Uint8Array.from([0x22, ...bytes, 0x22]), "UTF8_INVALID"] as const,
  ),
];

let sent = 0;
/** A healthy neighbour; each has an instant of its own. */
function neighbour(): string {
  sent += 1;
  return `{"device_id":"GOOD","timestamp":${ingestNow - 10_000_000 + sent},"temperature":45.3}`;
}

/** An item that is accepted in part: each time it is sent it is another reading. */
function atItsOwnTime({ text, field }: Hostile): string {
  sent += 1;
  return field === null ? text : text.replace(timestamp, `"timestamp":${ingestNow - sent}`);
}

function join(parts: readonly (string | Uint8Array)[], format: "json" | "ndjson"): Uint8Array {
  const separator = Buffer.from(format === "json" ? "," : "\n");
  const all = parts.flatMap((part, i) =>
    i === 0 ? [Buffer.from(part)] : [separator, Buffer.from(part)],
  );
  return Buffer.concat(format === "json" ? [Buffer.from("["), ...all, Buffer.from("]")] : all);
}

function assertBalanced({ ingestor, readings }: IngestStation): void {
  const { received, accepted, duplicates, rejected } = ingestor.counters();
  assert.equal(received, accepted + duplicates + rejected);
  assert.equal(accepted, readings().length);
}

async function codeOf(request: Promise<IngestAnswer>): Promise<string> {
  try {
    await request;
    return "accepted";
  } catch (failure) {
    assert(failure instanceof IaiError, String(failure));
    return failure.code;
  }
}

describe("hostile input", () => {
  it("is refused with the right code, and good neighbours are accepted", async () => {
    const station = await openIngestStation();
    let bodies = 0;
    for (const hostile of items) {
      for (const format of ["json", "ndjson"] as const) {
        for (const place of [0, 1, 2, 3]) {
          const parts = [neighbour(), neighbour(), neighbour()].toSpliced(
            place,
            0,
            atItsOwnTime(hostile),
          );
          const answer = await station.send(join(parts, format), { format });
          bodies += 1;
          const rejected = answer.rejected.map(({ index, code }) => [index, code]);
          const marked = answer.degraded.map(({ index, field, code }) => [index, field, code]);
          const { code, field, text } = hostile;
          assert.deepEqual(rejected, field === null ? [[place, code]] : [], text.slice(0, 200));
          assert.deepEqual(
            marked,
            field === null ? [] : [[place, field, code]],
            text.slice(0, 200),
          );
          assert.equal(answer.accepted, field === null ? 3 : 4, text.slice(0, 200));
        }
      }
    }
    assert.ok(bodies >= 800, `${bodies} bodies`);
    assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
    assertBalanced(station);
  });

  it("that cannot be read spoils a JSON body, but only its own line of NDJSON", async () => {
    const station = await openIngestStation();
    for (const [bytes, code] of unreadable) {
      for (const place of [0, 1, 2, 3]) {
        const parts = [neighbour(), neighbour(), neighbour()].toSpliced(place, 0, bytes as never);
        assert.equal(
          await codeOf(station.send(join(parts, "json"))),
          code,
          Buffer.from(bytes).toString(),
        );
        const { accepted, rejected } = await station.send(join(parts, "ndjson"), {
          format: "ndjson",
        });
        assert.equal(accepted, 3);
        assert.deepEqual(
          rejected.map((one) => [one.index, one.code]),
          [[place, code]],
        );
      }
    }
    assertBalanced(station);
  });

  it("of random bytes and broken bodies never throws anything but our own error", async () => {
    const station = await openIngestStation();
    const format = fc.constantFrom("json" as const, "ndjson" as const);
    const hostile = fc.constantFrom(...items.map(({ text }) => text));
    const healthy = fc.nat().map(neighbour);
    const body = fc
      .tuple(fc.array(fc.oneof(hostile, healthy), { maxLength: 6 }), format)
      .map(([parts, form]) => join(parts, form));
    const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() }), {
      maxLength: 4,
    });
    const broken = fc.tuple(body, edits).map(([bytes, changes]) => {
      let copy = Buffer.from(bytes);
      for (const { at, byte, cut } of changes) {
        const place = copy.length === 0 ? 0 : at % copy.length;
        if (cut) copy = copy.subarray(0, place);
        else copy[place] = byte;
      }
      return copy;
    });
    const anything = fc.oneof(
      broken,
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(anything, format, async (bytes, form) => {
        const before = station.ingestor.counters();
        try {
          const answer = await station.send(bytes, { format: form });
          const after = station.ingestor.counters();
          const { accepted, duplicates, rejected } = answer;
          assert.equal(after.received - before.received, accepted + duplicates + rejected.length);
        } catch (failure) {
          assert(failure instanceof IaiError, String(failure));
          assert.notEqual(failure.code, "INTERNAL", String(failure.cause));
        }
      }),
      { numRuns: 2_000 },
    );
    assertBalanced(station);
  });
});
