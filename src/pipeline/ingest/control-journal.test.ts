import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { InMemoryBus } from "../../../test/fixtures/in-memory-bus.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { ControlDraft, ControlJournal } from "../../ports/event-bus.ts";
import { decodeStreamEvent, encodeControl } from "../../wire/stream-codec.ts";
import { openControlJournal } from "./control-journal.ts";

const full = new IaiError("LOG_FULL", "Cannot append: full");
const rebaseline = (deviceId: string): ControlDraft => ({
  type: "rebaseline",
  deviceId,
  actor: "ann",
});

describe("the control journal", () => {
  let records: InMemoryRecords;
  let bus: InMemoryBus;
  let journal: ControlJournal;
  const clock = new SimulatedClock(1_000);
  const open = (): Promise<ControlJournal> =>
    openControlJournal({ records, bus, clock, encode: encodeControl });
  const stage = (...deviceIds: string[]): Promise<void> =>
    records.transaction(async (tx) => {
      for (const deviceId of deviceIds) await journal.stage(tx, rebaseline(deviceId));
    });
  const versions = (): number[] =>
    bus.records.map((record) => {
      const event = decodeStreamEvent(record);
      return event.kind === "control" ? event.control.version : -1;
    });

  beforeEach(async () => {
    records = new InMemoryRecords();
    bus = new InMemoryBus();
    journal = await open();
  });

  it("publishes in the order of versions, each once, keyed by device", async () => {
    await stage("A", "B");
    await stage("C");
    await Promise.all([journal.flush(), journal.flush()]);
    assert.deepEqual(versions(), [1, 2, 3]);
    assert.deepEqual(
      bus.records.map(({ key }) => key),
      ["A", "B", "C"],
    );
    assert.equal(journal.current(), 3);
  });

  it("gives the version of a transaction that fails to the next one", async () => {
    records.failNext();
    await assert.rejects(stage("A"));
    await stage("B");
    await journal.flush();
    assert.deepEqual(versions(), [1]);
  });

  it("does not stamp readings with a version that the log does not have", async () => {
    await stage("A");
    bus.refusal = full;
    await assert.rejects(journal.flush());
    assert.equal(journal.current(), 0);
  });

  it("sends what was left at the next start, and knows the version after it", async () => {
    await stage("A");
    journal = await open();
    assert.deepEqual(versions(), [1]);
    assert.equal(journal.current(), 1);
    journal = await open();
    assert.deepEqual([versions(), journal.current()], [[1], 1]);
  });

  it("starts on a full log and sends what was left when there is room", async () => {
    await stage("A");
    await journal.flush();
    await stage("B", "C");
    bus.refusal = full;
    journal = await open();
    assert.equal(journal.current(), 1);
    bus.refusal = null;
    await journal.flush();
    assert.deepEqual([versions(), journal.current()], [[1, 2, 3], 3]);
  });

  it("sends an event again when its end was not noted, which steps know by its version", async () => {
    await stage("A");
    records.failNext();
    await assert.rejects(journal.flush());
    await journal.flush();
    assert.deepEqual(versions(), [1, 1]);
  });
});
