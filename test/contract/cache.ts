import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Ms } from "../../src/model/basics.ts";
import type { Cache } from "../../src/ports/cache.ts";

export interface CacheUnderTest {
  readonly cache: Cache;
  /** Lets time pass for the cache. */
  readonly advance: (ms: Ms) => Promise<void>;
}

export interface CacheSuite {
  readonly name: string;
  readonly open: () => Promise<CacheUnderTest>;
  readonly gaps?: Readonly<Record<string, string>>;
}

/** What every cache promises; see `ports/cache.ts`. */
export function testCache(suite: CacheSuite): void {
  describe(`cache: ${suite.name}`, () => {
    let open: CacheUnderTest;
    beforeEach(async () => {
      open = await suite.open();
    });
    afterEach(() => open.cache.close());
    const promise = (name: string, work: () => Promise<void>): void => {
      const gap = suite.gaps?.[name];
      it(name, gap === undefined ? {} : { skip: gap }, work);
    };

    promise("gives back what was set, and null for what was not", async () => {
      await open.cache.set("device:status:PUMP_01", '{"轴承":"ok"}', 1_000);
      assert.equal(await open.cache.get("device:status:PUMP_01"), '{"轴承":"ok"}');
      assert.equal(await open.cache.get("device:status:PUMP_02"), null);
    });

    promise("forgets a value after its time to live, counted from the last set", async () => {
      await open.cache.set("a", "1", 1_000);
      await open.advance(900);
      assert.equal(await open.cache.get("a"), "1");
      await open.cache.set("a", "2", 1_000);
      await open.advance(900);
      assert.equal(await open.cache.get("a"), "2");
      await open.advance(200);
      assert.equal(await open.cache.get("a"), null);
    });

    promise("counts up without losing one, its time to live from the first", async () => {
      const counts = await Promise.all(
        Array.from({ length: 20 }, () => open.cache.increment("rate", 1_000)),
      );
      assert.deepEqual(
        counts.sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      await open.advance(900);
      assert.equal(await open.cache.increment("rate", 1_000), 21);
      await open.advance(200);
      assert.equal(await open.cache.increment("rate", 1_000), 1);
    });

    promise("removes a value, and minds not when there is none", async () => {
      await open.cache.set("a", "1", 1_000);
      await open.cache.remove("a");
      await open.cache.remove("a");
      assert.equal(await open.cache.get("a"), null);
    });

    promise("is well", () => open.cache.health());
  });
}
