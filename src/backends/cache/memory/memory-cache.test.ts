import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCache } from "../../../../test/contract/cache.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { createMemoryCache } from "./memory-cache.ts";

testCache({
  name: "memory",
  open: async () => {
    const clock = new SimulatedClock(0);
    return { cache: createMemoryCache({ clock }), advance: (ms) => clock.advance(ms) };
  },
});

describe("memory cache", () => {
  it("lets the entry go that was written longest ago when it holds too many", async () => {
    const cache = createMemoryCache({ clock: new SimulatedClock(0), entriesMax: 2 });
    for (const key of ["a", "b", "c"]) await cache.set(key, key, 1_000);
    const found = await Promise.all(["a", "b", "c"].map((key) => cache.get(key)));
    assert.deepEqual(found, [null, "b", "c"]);
  });

  it("lets old entries go when the values grow too long, and never keeps one longer than all", async () => {
    const cache = createMemoryCache({ clock: new SimulatedClock(0), charactersMax: 10 });
    await cache.set("a", "12345", 1_000);
    await cache.set("b", "12345", 1_000);
    await cache.set("c", "12345678901", 1_000);
    const found = await Promise.all(["a", "b", "c"].map((key) => cache.get(key)));
    assert.deepEqual(found, [null, null, null]);
  });

  it("expires nothing because the wall clock was set", async () => {
    const clock = new SimulatedClock(0);
    const cache = createMemoryCache({ clock });
    await cache.set("a", "1", 1_000);
    clock.jump(3_600_000);
    assert.equal(await cache.get("a"), "1");
  });
});
