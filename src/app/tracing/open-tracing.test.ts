import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatedClock } from "../../kernel/clock.ts";
import type { BusRecord } from "../../ports/event-bus.ts";
import { tracingSection } from "../config/tracing-section.ts";
import { allParts } from "../runtime/parts.ts";
import { LoggedBatches } from "./logged-batches.ts";
import { openTracing } from "./open-tracing.ts";
import { alarmContext, instantOf } from "./span-writer.ts";
import { noTracing } from "./tracing.ts";

describe("tracing", () => {
  it("is off by default, and then gives back what it was given", async () => {
    const config = { tracing: tracingSection.parse({}) };
    const tracing = await openTracing({ config, clock: new SimulatedClock(0), parts: allParts });
    assert.equal(tracing, noTracing);
    const log = { publish: () => Promise.reject(new Error("not called")) };
    assert.equal(tracing.log(log), log);
    const notifiers: never[] = [];
    assert.equal(tracing.notifiers(notifiers), notifiers);
  });

  it("gives an alarm the same ids in every process", () => {
    const traceId = "0123456789abcdef0123456789abcdef";
    assert.deepEqual(alarmContext(traceId), alarmContext(traceId));
    assert.equal(alarmContext(traceId).traceId, traceId);
    assert.match(alarmContext("an old id").traceId, /^[0-9a-f]{32}$/);
    assert.notEqual(alarmContext("a").spanId, alarmContext("b").spanId);
  });

  it("writes an instant in seconds and nanoseconds, before and after any start of a process", () => {
    assert.deepEqual(instantOf(1_500), [1, 500_000_000]);
    assert.deepEqual(instantOf(1_772_280_000_123), [1_772_280_000, 123_000_000]);
  });
});

describe("batches that are remembered", () => {
  const record = (key: string, at: number): BusRecord => ({
    ...{ topic: "raw_sensor_data", key },
    value: Buffer.from(String(at)),
  });
  const batchOf = (records: readonly BusRecord[], receivedAt: number) => ({
    ...{ source: "http", receivedAt, appendFrom: receivedAt, appendTo: receivedAt },
    records,
  });
  const measuredAt = ({ value }: BusRecord): number => Number(Buffer.from(value).toString());

  it("find the batch of a device's reading", () => {
    const batches = new LoggedBatches(measuredAt);
    batches.add(batchOf([record("P1", 1), record("P2", 2)], 10));
    batches.add(batchOf([record("P1", 3)], 20));
    assert.equal(batches.find("P1", 1)?.receivedAt, 10);
    assert.equal(batches.find("P1", 3)?.receivedAt, 20);
    assert.equal(batches.find("P2", 3), null);
  });

  it("forget the oldest beyond 20,000 readings, and keep the newest one whole", () => {
    const batches = new LoggedBatches(measuredAt);
    batches.add(batchOf([record("P1", 1)], 10));
    const many = Array.from({ length: 20_000 }, (_, i) => record("P2", i));
    batches.add(batchOf(many, 20));
    assert.equal(batches.find("P1", 1), null);
    assert.equal(batches.find("P2", 19_999)?.receivedAt, 20);
  });
});
