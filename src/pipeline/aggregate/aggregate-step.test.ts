import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asAnswered, storedMinutes } from "../../../test/fixtures/stored-minutes.ts";
import { aReading, startAt } from "../../../test/fixtures/watched-device.ts";
import type { AggregateRow } from "../../model/aggregate.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { Quality, Reading } from "../../model/reading.ts";
import { type AggregateOutput, createAggregateStep } from "./aggregate-step.ts";

const MINUTE = 60_000;
const options = { keepMs: 120_000, refreshMs: 10_000 };

/** One device: readings and ticks go in, minutes come out. */
class WatchedMinutes {
  readonly step = createAggregateStep(options);
  state = this.step.initial("PUMP_01");
  /** Newest rows of each minute, and what must be computed from the raw readings. */
  readonly rows = new Map<EpochMs, readonly AggregateRow[]>();
  readonly recompute = new Set<EpochMs>();
  readonly told: { readonly minuteAt: EpochMs; readonly revision: number }[] = [];

  reads(at: number, values: Record<string, number>, other: Partial<Reading> = {}): void {
    const reading = aReading(values, { measuredAt: startAt + at, ...other });
    this.#take(this.step.step(this.state, { kind: "reading", reading }));
  }

  /** As an engine does it: ticks before anything is due are left out. */
  ticks(at: number): void {
    const due = this.step.dueAt(this.state);
    if (due === null || due > startAt + at) return;
    this.#take(this.step.step(this.state, { kind: "tick", at: startAt + at }));
  }

  #take({ state, minutes, recompute }: AggregateOutput): void {
    this.state = state;
    for (const { minuteAt, revision, rows } of minutes) {
      this.rows.set(minuteAt, rows);
      this.told.push({ minuteAt: minuteAt - startAt, revision });
    }
    for (const minuteAt of recompute) this.recompute.add(minuteAt);
  }
}

describe("the aggregate step", () => {
  it("tells a finished minute at the next tick and the one under way at most every refresh", () => {
    const device = new WatchedMinutes();
    for (let second = 0; second < 65; second += 1) {
      device.reads(second * 1_000, { flow: second });
      device.ticks(second * 1_000 + 900);
    }
    assert.deepEqual(
      device.told.filter(({ minuteAt }) => minuteAt === 0).map(({ revision }) => revision),
      [1, 2, 3, 4, 5, 6],
    );
    const flow = device.rows.get(startAt)?.[0];
    assert.deepEqual([flow?.count, flow?.min, flow?.max, flow?.last], [60, 0, 59, 59]);
  });

  it("corrects a minute that a late reading changes, and tells nothing for a repeat", () => {
    const device = new WatchedMinutes();
    device.reads(1_000, { flow: 1 });
    device.reads(61_000, { flow: 5 });
    device.ticks(62_000);
    device.reads(500, { flow: 3 });
    device.ticks(63_000);
    assert.equal(device.rows.get(startAt)?.[0]?.count, 2);
    const told = device.told.length;
    device.reads(500, { flow: 3 });
    device.ticks(64_000);
    assert.equal(device.told.length, told);
  });

  it("asks for the raw readings where a reading comes later than values are kept", () => {
    const device = new WatchedMinutes();
    device.reads(0, { flow: 1 });
    device.reads(5 * MINUTE, { flow: 2 });
    device.reads(2_000, { flow: 9 });
    assert.equal(device.recompute.size, 0, "with the next tick");
    device.ticks(5 * MINUTE + 1_000);
    assert.deepEqual([...device.recompute], [startAt]);
  });

  it("keeps the first of two contradicting values and joins metrics of one instant", () => {
    const device = new WatchedMinutes();
    device.reads(0, { flow: 1 });
    device.reads(0, { flow: 2, current: 7 });
    device.reads(0, { current: 8 });
    device.ticks(20_000);
    const rows = device.rows.get(startAt) ?? [];
    assert.deepEqual(
      rows.map(({ metric, last }) => [metric, last]),
      [
        ["current", 8],
        ["flow", 1],
      ],
    );
  });

  it("gives a minute up that holds more than is kept, and asks for the raw readings", () => {
    const device = new WatchedMinutes();
    for (let i = 0; i < 6_001; i += 1) device.reads(i * 9, { flow: i });
    device.ticks(70_000);
    assert.equal(device.rows.size, 0);
    assert.deepEqual([...device.recompute], [startAt]);
  });

  it("agrees to the bit with the telemetry store, whatever the order, repeats and contradictions", async () => {
    const sent = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 7 * MINUTE }),
        values: fc.dictionary(fc.constantFrom("flow", "current", "x"), fc.double({ noNaN: true }), {
          minKeys: 1,
          noNullPrototype: true,
        }),
        quality: fc.constantFrom<Quality | null>(null, null, "bad", "uncertain"),
        again: fc.boolean(),
      }),
      { minLength: 1, maxLength: 120 },
    );
    await fc.assert(
      fc.asyncProperty(sent, async (script) => {
        const device = new WatchedMinutes();
        const readings: Reading[] = [];
        for (const { at, values, quality, again } of script) {
          const finite = Object.entries(values).filter(([, value]) => Number.isFinite(value));
          if (finite.length === 0) continue;
          const instant = at - (at % 250);
          const qualities = quality === null ? null : new Map([["flow", quality] as const]);
          const other = { qualities };
          for (let times = again ? 2 : 1; times > 0; times -= 1) {
            device.reads(instant, Object.fromEntries(finite), other);
            readings.push(
              aReading(Object.fromEntries(finite), { measuredAt: startAt + instant, ...other }),
            );
          }
          device.ticks(at);
        }
        device.ticks(10 * MINUTE);
        if (readings.length === 0) return;
        for (const [minute, rows] of await storedMinutes(readings)) {
          const minuteAt = Number(minute.split("/")[1]);
          if (!device.recompute.has(minuteAt))
            assert.deepStrictEqual(asAnswered(device.rows.get(minuteAt) ?? []), rows);
        }
      }),
      { numRuns: 15 },
    );
  });
});
