import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryBus } from "../../../test/fixtures/in-memory-bus.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import { runDeadLetters, type ToldLetter } from "./dead-letters.ts";
import { createQuarantine } from "./quarantine.ts";

const letter = (text: string): Uint8Array => Buffer.from(text);

/** `<job> <device> <bytes>` */
const decode = ({ value }: { readonly value: Uint8Array }): ToldLetter => {
  const [job, deviceId, raw] = Buffer.from(value).toString().split(" ");
  if (job === undefined || deviceId === undefined || raw === undefined)
    throw new Error("no letter");
  const at = { place: "raw_sensor_data-0 offset 7", reason: "format 9" };
  return { job, deviceId, ...at, raw: Buffer.from(raw) };
};

/** Keeps what the topic holds; resolves when all of it is confirmed. */
async function keep(records: InMemoryRecords, letters: readonly Uint8Array[]): Promise<void> {
  const bus = new InMemoryBus();
  await bus.publish(letters.map((value) => ({ topic: "dead_letters", key: "P1", value })));
  const stop = new AbortController();
  const clock = new SimulatedClock(1_000);
  const done = runDeadLetters(
    {
      bus: {
        subscribe: (options) => bus.subscribe(options),
        confirm: async () => stop.abort(),
      },
      quarantine: createQuarantine({ records, clock, ids: createCountingIds() }),
      decode,
      clock,
      log: silentLog,
    },
    stop.signal,
  );
  while (!stop.signal.aborted) await clock.advance(1_000);
  await done;
}

describe("what stream jobs could not use", () => {
  it("is in quarantine with its bytes, its job, its place and its reason", async () => {
    const records = new InMemoryRecords();
    await keep(records, [letter("detection P1 abc")]);
    const [row, ...others] = records.rows("quarantine");
    assert.deepEqual(others, []);
    assert.equal(row?.source, "detection");
    assert.equal(row?.code, "STEP_FAILED");
    assert.equal(row?.deviceId, "P1");
    assert.equal(row?.detail, "raw_sensor_data-0 offset 7: format 9");
    assert.equal(Buffer.from(row?.raw ?? "", "base64").toString(), "abc");
  });

  it("is one row, counted once, however often it comes again", async () => {
    const records = new InMemoryRecords();
    await keep(records, [letter("detection P1 abc"), letter("detection P1 abc")]);
    await keep(records, [letter("detection P1 abc"), letter("minutes P1 abc")]);
    const rows = records.rows("quarantine").map(({ source, count }) => [source, count]);
    assert.deepEqual(rows.toSorted(), [
      ["detection", 1],
      ["minutes", 1],
    ]);
  });

  it("waits while the records are away, and is kept then", async () => {
    const records = new InMemoryRecords();
    records.failNext(new IaiError("RECORDS_UNREACHABLE", "Cannot store: away"));
    await keep(records, [letter("detection P1 abc")]);
    assert.equal(records.rows("quarantine").length, 1);
  });

  it("is kept as it is where others wrote what is no letter", async () => {
    const records = new InMemoryRecords();
    await keep(records, [letter("hello"), letter("detection P1 abc")]);
    const rows = records.rows("quarantine").map(({ source, raw }) => [source, raw]);
    assert.deepEqual(rows.toSorted(), [
      ["bus", Buffer.from("hello").toString("base64")],
      ["detection", Buffer.from("abc").toString("base64")],
    ]);
  });
});
