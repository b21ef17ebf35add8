import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { aReading } from "../../../../test/contract/telemetry-store.ts";
import type { AggregateRow } from "../../../model/aggregate.ts";
import type { Reading } from "../../../model/reading.ts";
import {
  aggregateMinutes,
  byMinuteThenMetric,
  minuteArithmetic,
  rowsOfSeries,
} from "../../../pipeline/aggregate/aggregate-minutes.ts";
import { type Addition, MinuteBlock } from "./minute-block.ts";

const minuteAt = aReading(0, {}).measuredAt;
const aBlock = (): MinuteBlock => new MinuteBlock("PUMP_01", minuteAt);

const minutesOf = (block: MinuteBlock): AggregateRow[] =>
  [...block.minutes(minuteArithmetic)]
    .flatMap(([metric, series]) => rowsOfSeries("PUMP_01", metric, series))
    .sort(byMinuteThenMetric);

const additionOf = (block: MinuteBlock, reading: Reading): Addition => {
  const outcome = block.put(reading);
  assert.ok(typeof outcome !== "string", String(outcome));
  return outcome;
};

const readings = fc.uniqueArray(
  fc.record({
    ms: fc.integer({ min: 0, max: 59_999 }),
    flow: fc.option(fc.integer({ min: -9, max: 9 })),
    bad: fc.boolean(),
  }),
  { selector: ({ ms }) => ms, maxLength: 40 },
);
const made = (parts: { ms: number; flow: number | null; bad: boolean }[]): Reading[] =>
  parts.map(({ ms, flow, bad }) =>
    aReading(ms, flow === null ? { current: ms / 7 } : { current: ms / 7, flow: flow / 10 }, {
      qualities: bad ? new Map([["current", "bad"]]) : null,
    }),
  );

describe("minute in memory", () => {
  it("is the same minute whatever order its readings came in", () => {
    fc.assert(
      fc.property(readings, (parts) => {
        const block = aBlock();
        for (const reading of made(parts)) additionOf(block, reading);
        const sorted = made(parts).sort((a, b) => a.measuredAt - b.measuredAt);
        assert.deepEqual(minutesOf(block), aggregateMinutes(sorted));
      }),
    );
  });

  it("is as before when what the server did not take is taken back", () => {
    fc.assert(
      fc.property(readings, readings, (stored, refused) => {
        const block = aBlock();
        for (const reading of made(stored)) block.put(reading);
        const before = minutesOf(block);
        const additions = made(refused)
          .map((reading) => block.put(reading))
          .filter((outcome) => typeof outcome !== "string");
        for (const addition of additions.reverse()) block.retract(addition);
        assert.deepEqual(minutesOf(block), before);
        for (const reading of made(stored)) assert.equal(block.put(reading), "duplicate");
      }),
    );
  });

  it("tells a repeat and a conflict from another metric of the same instant", () => {
    const block = aBlock();
    additionOf(block, aReading(5, { flow: 1 }));
    assert.equal(block.put(aReading(5, { flow: 1 })), "duplicate");
    assert.equal(block.put(aReading(5, { flow: 2, current: 1 })), "conflict");
    assert.deepEqual(additionOf(block, aReading(5, { flow: 1, current: 3 })).metrics, ["current"]);
    assert.equal(block.put(aReading(5, { current: 4 })), "conflict");
  });

  it("compares faults where there is no number", () => {
    const faulty = (raw: string): Reading =>
      aReading(5, {}, { faults: new Map([["flow", { code: "VALUE_TYPE", raw }]]) });
    const block = aBlock();
    additionOf(block, faulty("a"));
    assert.equal(block.put(faulty("a")), "duplicate");
    assert.equal(block.put(faulty("b")), "conflict");
    assert.equal(block.put(aReading(5, { flow: 1 })), "conflict");
  });

  it("keeps the first counter and status of an instant and takes a missing one from the next", () => {
    const block = aBlock();
    additionOf(block, aReading(5, { flow: 1 }, { seq: 7 }));
    const second = additionOf(block, aReading(5, { current: 1 }, { seq: 8, status: "NORMAL" }));
    assert.equal(second.givesSeq, false);
    assert.equal(second.givesStatus, true);
  });
});
