import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatedClock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";

const never = new AbortController().signal;
const stuck = (): Promise<never> => new Promise(() => undefined);

describe("deadline", () => {
  it("gives the result of work that is done in time, and leaves its signal alone", async () => {
    const clock = new SimulatedClock(0);
    let seen: AbortSignal | null = null;
    const result = await withDeadline({ clock, ms: 10, signal: never }, async (signal) => {
      seen = signal;
      return 7;
    });
    await clock.advance(20);
    assert.equal(result, 7);
    assert.equal((seen as AbortSignal | null)?.aborted, false);
  });

  it("passes a failure of the work on", async () => {
    const clock = new SimulatedClock(0);
    const failure = new Error("broken");
    const work = withDeadline({ clock, ms: 10, signal: never }, () => Promise.reject(failure));
    await assert.rejects(work, failure);
  });

  it("rejects when the time is up, though the work goes on", async () => {
    const clock = new SimulatedClock(0);
    const rejected = assert.rejects(withDeadline({ clock, ms: 10, signal: never }, stuck));
    await clock.advance(10);
    await rejected;
  });

  it("rejects as soon as the caller aborts, before the work or in it", async () => {
    const clock = new SimulatedClock(0);
    const caller = new AbortController();
    const running = withDeadline({ clock, ms: 10, signal: caller.signal }, stuck);
    caller.abort(new Error("stopping"));
    await assert.rejects(running);
    let begun = false;
    const late = withDeadline({ clock, ms: 10, signal: caller.signal }, async () => {
      begun = true;
    });
    await assert.rejects(late);
    assert.equal(begun, false);
  });
});
