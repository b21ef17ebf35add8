import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { type ErrorCode, IaiError } from "../../../kernel/errors.ts";
import type { Cache } from "../../../ports/cache.ts";
import { createMemoryCache } from "../memory/memory-cache.ts";
import { createLenientCache } from "./lenient-cache.ts";

/** A cache that keeps what it has while it is away. */
function createLeavingCache(clock: SimulatedClock) {
  const inner = createMemoryCache({ clock });
  let away: ErrorCode | null = null;
  const there = <T>(work: () => Promise<T>): Promise<T> =>
    away === null ? work() : Promise.reject(new IaiError(away, "Cannot do it: away"));
  const cache: Cache = {
    get: (key) => there(() => inner.get(key)),
    set: (key, value, ttlMs) => there(() => inner.set(key, value, ttlMs)),
    increment: (key, ttlMs) => there(() => inner.increment(key, ttlMs)),
    remove: (key) => there(() => inner.remove(key)),
    health: () => inner.health(),
    close: () => inner.close(),
  };
  return {
    cache,
    leave: (code: ErrorCode): void => {
      away = code;
    },
    comeBack: (): void => {
      away = null;
    },
  };
}

function open(lostMax?: number) {
  const clock = new SimulatedClock(0);
  const leaving = createLeavingCache(clock);
  const local = createMemoryCache({ clock });
  const deps = { clock, local, ...(lostMax === undefined ? {} : { lostMax }) };
  return { ...leaving, clock, lenient: createLenientCache(leaving.cache, deps) };
}

describe("lenient cache", () => {
  it("reads no value again whose removal was lost, however many were lost", async () => {
    const { lenient, leave, comeBack, clock } = open(3);
    const keys = ["a", "b", "c", "d", "e"];
    for (const key of keys) await lenient.set(key, "old", 7_200_000);
    await lenient.set("other", "old", 7_200_000);
    leave("CACHE_UNREACHABLE");
    for (const key of keys) await lenient.remove(key);
    comeBack();
    for (const key of keys) assert.equal(await lenient.get(key), null, key);
    // After the longest time to live none of them can be there any more, and reading goes on.
    await clock.advance(7_200_000);
    await lenient.set("other", "new", 1_000);
    assert.equal(await lenient.get("other"), "new");
  });

  it("reads what others wrote before and after an absence", async () => {
    const { lenient, cache, leave, comeBack } = open();
    await cache.set("a", "1", 60_000);
    leave("CACHE_UNREACHABLE");
    assert.equal(await lenient.get("a"), null);
    comeBack();
    assert.equal(await lenient.get("a"), "1");
  });

  it("counts on by itself through an absence", async () => {
    const { lenient, leave, clock } = open();
    for (let i = 1; i <= 3; i += 1) assert.equal(await lenient.increment("n", 60_000), i);
    leave("CACHE_UNREACHABLE");
    assert.equal(await lenient.increment("n", 60_000), 4);
    await clock.advance(60_000);
    assert.equal(await lenient.increment("n", 60_000), 1);
  });

  it("goes on when the cache refuses, and says so in its health until it does not any more", async () => {
    const { lenient, leave, comeBack } = open();
    leave("CACHE_REFUSED");
    assert.equal(await lenient.get("a"), null);
    await lenient.set("a", "1", 1_000);
    await assert.rejects(lenient.health(), (failure) => isCode(failure, "CACHE_REFUSED"));
    comeBack();
    await lenient.get("b");
    await assert.rejects(lenient.health(), (failure) => isCode(failure, "CACHE_REFUSED"));
    await lenient.set("a", "1", 1_000);
    await lenient.health();
  });

  it("counts what it skipped", async () => {
    const { lenient, leave } = open();
    leave("QUEUE_FULL");
    await lenient.get("a");
    await lenient.set("a", "1", 1_000);
    await lenient.remove("a");
    await lenient.increment("n", 1_000);
    assert.deepEqual(lenient.skipped(), { reads: 1, writes: 2, counts: 1 });
  });

  it("hides nothing once it is closed", async () => {
    const { lenient } = open();
    await lenient.close();
    await assert.rejects(lenient.get("a"), (failure) => isCode(failure, "SHUTTING_DOWN"));
    await assert.rejects(lenient.increment("n", 1), (f) => isCode(f, "SHUTTING_DOWN"));
  });
});
