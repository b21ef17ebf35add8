import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient } from "redis";
import { testCache } from "../../../../test/contract/cache.ts";
import { createHeardLog } from "../../../../test/fixtures/heard-log.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Cache } from "../../../ports/cache.ts";
import { createMemoryCache } from "../memory/memory-cache.ts";
import { type RedisCacheConfig, redisCacheConfig } from "./config.ts";
import { cacheKeys } from "./keys.ts";
import { createLenientCache } from "./lenient-cache.ts";
import { openRedisCache } from "./redis-cache.ts";

describe("cache in Redis", () => {
  let redis: ServerHandle;
  before(async () => {
    redis = await startServer("redis");
  });
  after(() => redis.stop());

  let plants = 0;
  async function open(options: Partial<RedisCacheConfig> = {}) {
    const { port, username, password, prefix } = redis.connection;
    const config = redisCacheConfig.parse({
      kind: "redis",
      port,
      username,
      password,
      keyPrefix: `${prefix}${++plants}:`,
      // Long enough for a busy machine: what takes as long has waited.
      commandTimeoutMs: 5_000,
      ...options,
    });
    const log = createHeardLog();
    const cache = await openRedisCache(config, { clock: systemClock, log });
    return { cache, log, config };
  }

  async function atRedis<T>(use: (admin: ReturnType<typeof aClient>) => Promise<T>): Promise<T> {
    const admin = aClient(redis);
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      admin.destroy();
    }
  }

  /** Time passes for Redis when what is left of each key's life becomes less. */
  async function advance(prefix: string, ms: Ms): Promise<void> {
    await atRedis(async (admin) => {
      for (const key of await admin.keys(`${prefix}*`)) {
        const left = await admin.pTTL(key);
        assert.ok(left > 0, `${key} would stay for ever`);
        await admin.pExpire(key, left - ms * STRETCH);
      }
    });
  }

  testCache({
    name: "redis",
    open: async () => {
      const { cache, config } = await open();
      return { cache: stretched(cache), advance: (ms) => advance(config.keyPrefix, ms) };
    },
  });

  testCache({
    name: "redis, lenient",
    open: async () => {
      const { cache, config } = await open();
      const local = createMemoryCache({ clock: systemClock });
      const lenient = createLenientCache(cache, { clock: systemClock, local });
      return { cache: stretched(lenient), advance: (ms) => advance(config.keyPrefix, ms) };
    },
  });

  it("lets a value go by itself when its time is over", async () => {
    const { cache } = await open();
    await cache.set("a", "1", 30);
    while ((await cache.get("a")) !== null);
    await cache.close();
  });

  it("keeps each key of the design with its own time to live, under the plant's prefix", async () => {
    const { cache, config } = await open();
    const keys = [
      [cacheKeys.alertDedup("PUMP:01", "over_temp"), "alert:dedup:PUMP:01:over_temp", 300_000],
      [cacheKeys.diagnosis("t1"), "diag:cache:t1", 3_600_000],
      [cacheKeys.deviceStatus("PUMP_01"), "device:status:PUMP_01", 30_000],
      [cacheKeys.alarmRate("PUMP_01"), "rate:limit:PUMP_01", 60_000],
      [cacheKeys.session("s1", 5_000), "session:s1", 5_000],
    ] as const;
    for (const [{ key, ttlMs }] of keys) await cache.set(key, "x", ttlMs);
    await atRedis(async (admin) => {
      for (const [, name, ttlMs] of keys) {
        const left = await admin.pTTL(`${config.keyPrefix}${name}`);
        assert.ok(left > ttlMs - 4_000 && left <= ttlMs, `${name}: ${left}`);
      }
    });
    await cache.close();
  });

  it("works over TLS with the plant's own authority, and never with one it does not know", async () => {
    const { tlsPort, caFile } = redis.connection;
    const known = await open({ port: Number(tlsPort), tls: true, tlsCaFile: String(caFile) });
    await known.cache.set("a", "1", 10_000);
    assert.equal(await known.cache.get("a"), "1");
    await known.cache.close();

    const unknown = await open({ port: Number(tlsPort), tls: true });
    await assertAway(unknown);
    await unknown.cache.close();
  });

  it("says that Redis refuses when the user may not touch the key", async () => {
    const { cache } = await open({ keyPrefix: "others:" });
    await assert.rejects(cache.set("a", "1", 1_000), (f) => isCode(f, "CACHE_REFUSED"));
    await assert.rejects(cache.get("a"), (f) => isCode(f, "CACHE_REFUSED"));
    await cache.close();
  });

  it("opens with a wrong password and without a server, and fails each operation at once", async () => {
    const wrong = await open({ password: "guessed" });
    await assertAway(wrong);
    await wrong.cache.close();
    const nobody = await open({ port: 1, reconnectMaxMs: 50 });
    await assertAway(nobody);
    await nobody.cache.close();
  });

  it("fails what is under way when Redis is killed, tells since when it is away, and is back by itself", async () => {
    const { cache, config, log } = await open({ commandTimeoutMs: 60_000 });
    await log.heard("cache.connected");
    await cache.set("a", "1", 60_000);
    const before = systemClock.now();
    // Frozen, so that it cannot answer before it is killed.
    redis.freeze();
    const underWay = assert.rejects(cache.get("a"), (f) => isCode(f, "CACHE_UNREACHABLE"));
    await redis.kill();
    await underWay;
    await log.heard("cache.away");
    await assertAway({ cache, config });
    const failure = await cache.health().then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.ok(failure instanceof IaiError);
    const since = Number(failure.data["since"]);
    assert.ok(since >= before && since <= systemClock.now(), String(since));

    await redis.restart();
    await log.heard("cache.connected");
    await cache.health();
    await cache.set("b", "2", 60_000);
    assert.equal(await cache.get("b"), "2");
    await cache.close();
  });

  it("never waits longer than its time-out for a frozen Redis, and then not at all", async () => {
    const { cache, config, log } = await open({ commandTimeoutMs: 1_000, connectTimeoutMs: 500 });
    await log.heard("cache.connected");
    redis.freeze();
    try {
      const askedAt = systemClock.monotonic();
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => cache.set(`k${i}`, "1", 1_000)),
      );
      const waitedMs = systemClock.monotonic() - askedAt;
      assert.ok(all.every(({ status }) => status === "rejected"));
      // One time-out for all fifty; the rest is for a busy machine.
      assert.ok(waitedMs < 5_000, `${waitedMs} ms`);
      await log.heard("cache.away");
      await assertAway({ cache, config });
    } finally {
      redis.thaw();
    }
    await log.heard("cache.connected");
    await cache.set("a", "1", 60_000);
    assert.equal(await cache.get("a"), "1");
    await cache.close();
  });

  it("notices a Redis that froze while nobody asked anything", async () => {
    const { cache, log } = await open({ pingMs: 20, commandTimeoutMs: 300, connectTimeoutMs: 300 });
    redis.freeze();
    await log.heard("cache.away");
    redis.thaw();
    await cache.close();
  });

  it("refuses more commands than may be under way", async () => {
    const { cache, log } = await open({ pendingMax: 5 });
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => cache.get("a")));
    const refused = all.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    assert.equal(refused.length, 45);
    for (const { reason } of refused) isCode(reason, "QUEUE_FULL");
    // The connection is as good as before.
    assert.equal(await cache.get("a"), null);
    await log.heard("cache.connected");
    await cache.close();
  });

  it("takes no more operations when it is closed, and closes again without a word", async () => {
    const { cache } = await open();
    await cache.close();
    await cache.close();
    await assert.rejects(cache.get("a"), (failure) => isCode(failure, "SHUTTING_DOWN"));
  });

  it("changes no answer of a lenient cache through an outage, whatever was written meanwhile", async () => {
    const { cache, log } = await open({ commandTimeoutMs: 1_000 });
    const local = createMemoryCache({ clock: systemClock });
    const lenient = createLenientCache(cache, { clock: systemClock, local });
    await log.heard("cache.connected");
    await lenient.set("session:1", "signed in", 3_600_000);
    await lenient.set("device:status:PUMP_01", "RUNNING", 3_600_000);
    for (let i = 0; i < 9; i += 1) await lenient.increment("rate:limit:PUMP_01", 60_000);

    redis.freeze();
    await assert.rejects(lenient.health(), (failure) => isCode(failure, "CACHE_UNREACHABLE"));
    assert.equal(await lenient.get("session:1"), null);
    await lenient.remove("session:1");
    await lenient.set("device:status:PUMP_01", "STOPPED", 3_600_000);
    assert.equal(await lenient.increment("rate:limit:PUMP_01", 60_000), 10);
    assert.deepEqual(lenient.skipped(), { reads: 1, writes: 2, counts: 1 });
    redis.thaw();

    await log.heard("cache.connected");
    // The copies of before the outage are in Redis still: none of them may be read again.
    assert.equal(await lenient.get("session:1"), null);
    assert.equal(await lenient.get("device:status:PUMP_01"), null);
    await lenient.set("device:status:PUMP_01", "STANDBY", 3_600_000);
    assert.equal(await lenient.get("device:status:PUMP_01"), "STANDBY");
    await lenient.close();
  });
});

/**
 * A millisecond of the suite is this many of Redis: what passes by itself while a busy machine runs the suite does
 * not count.
 */
const STRETCH = 1_000;

function stretched(cache: Cache): Cache {
  return {
    ...cache,
    set: (key, value, ttlMs) => cache.set(key, value, ttlMs * STRETCH),
    increment: (key, ttlMs) => cache.increment(key, ttlMs * STRETCH),
  };
}

async function assertAway(away: { cache: Cache; config: RedisCacheConfig }): Promise<void> {
  const { cache, config } = away;
  const askedAt = systemClock.monotonic();
  for (const work of [
    () => cache.get("a"),
    () => cache.set("a", "1", 1_000),
    () => cache.increment("n", 1_000),
    () => cache.remove("a"),
    () => cache.health(),
  ])
    await assert.rejects(work(), (failure) => isCode(failure, "CACHE_UNREACHABLE"));
  const waitedMs = systemClock.monotonic() - askedAt;
  // Less than one time-out for all five: nothing was waited for.
  assert.ok(waitedMs < config.commandTimeoutMs, `${waitedMs} ms`);
}

function aClient(redis: ServerHandle) {
  const { port, adminPassword } = redis.connection;
  return createClient({ url: `redis://127.0.0.1:${port}`, password: String(adminPassword) });
}
