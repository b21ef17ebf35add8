import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { ProgressWatch } from "./progress-watch.ts";

describe("the watch over a reader", () => {
  let clock: SimulatedClock;
  let ends: Map<string, number> | null;
  let watch: ProgressWatch;
  beforeEach(() => {
    clock = new SimulatedClock(0);
    ends = new Map([["p", 10]]);
    watch = new ProgressWatch({ clock, stallMs: 1_000, ends: async () => ends });
  });

  /** Looks every 100 ms, as a reader does; the instant at which `p` at `position` is found standing still. */
  async function foundAfter(ms: number, position: number): Promise<number | null> {
    const startedAt = clock.monotonic();
    while (clock.monotonic() - startedAt < ms) {
      await clock.advance(100);
      const stalled = await watch.stalled(new Map([["p", position]]));
      if (stalled.length > 0) return clock.monotonic() - startedAt;
    }
    return null;
  }

  it("finds a partition that goes on and is not read", async () => {
    const found = await foundAfter(5_000, 9);
    assert.ok(found !== null && found >= 1_000 && found <= 1_600, String(found));
  });

  it("leaves one alone that is read to its end", async () => {
    assert.equal(await foundAfter(5_000, 10), null);
  });

  it("leaves one alone that has something new only now", async () => {
    await foundAfter(10_000, 10);
    assert.equal(await foundAfter(900, 9), null);
  });

  it("leaves one alone that moves", async () => {
    for (let position = 0; position < 9; position += 1) {
      watch.moved("p");
      assert.equal(await foundAfter(800, position), null);
    }
  });

  it("does not count the time in which the owner works", async () => {
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(2_000);
      watch.paused(2_000);
      assert.equal(await foundAfter(100, 9), null);
    }
  });

  it("says nothing while Kafka does not answer", async () => {
    ends = null;
    assert.equal(await foundAfter(5_000, 9), null);
  });
});
