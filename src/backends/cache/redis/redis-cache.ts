import type { Cache } from "../../../ports/cache.ts";
import type { RedisCacheConfig } from "./config.ts";
import { openRedisLink, type RedisLinkDeps } from "./redis-link.ts";

/** In one step: a process that dies after the first of two would leave a count that never ends. */
const INCREMENT = `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** A cache in Redis, shared by all processes; see README.md for what is promised when it is away. */
export async function openRedisCache(
  config: RedisCacheConfig,
  deps: RedisLinkDeps,
): Promise<Cache> {
  const link = await openRedisLink(config, deps);
  const full = (key: string): string => `${config.keyPrefix}${key}`;
  return {
    // Keys are not named in messages: the id of a session is a secret.
    get: (key) => link.run("read from the cache", (redis) => redis.get(full(key))),
    set: async (key, value, ttlMs) => {
      await link.run("write to the cache", (redis) => redis.set(full(key), value, { PX: ttlMs }));
    },
    increment: async (key, ttlMs) => {
      const count = await link.run("count in the cache", (redis) =>
        redis.eval(INCREMENT, { keys: [full(key)], arguments: [String(ttlMs)] }),
      );
      return Number(count);
    },
    remove: async (key) => {
      await link.run("remove from the cache", (redis) => redis.del(full(key)));
    },
    health: async () => {
      await link.run("ask Redis how it is", (redis) => redis.ping());
    },
    close: () => link.close(),
  };
}
