import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redisCacheConfig } from "./config.ts";

describe("options of the cache in Redis", () => {
  const accepts = (options: Record<string, unknown>): boolean =>
    redisCacheConfig.safeParse({ kind: "redis", ...options }).success;

  it("sends a password in the clear within this machine only, unless it is told to", () => {
    assert.equal(accepts({ password: "p" }), true);
    assert.equal(accepts({ host: "127.0.0.2", password: "p" }), true);
    assert.equal(accepts({ host: "redis.plant", password: "p" }), false);
    assert.equal(accepts({ host: "redis.plant", passwordFile: "/run/secrets/redis" }), false);
    assert.equal(accepts({ host: "redis.plant", password: "p", tls: true }), true);
    assert.equal(accepts({ host: "redis.plant", password: "p", allowInsecure: true }), true);
    assert.equal(accepts({ host: "redis.plant" }), true);
  });

  it("wants one password, and one where a user is named", () => {
    assert.equal(accepts({ password: "p", passwordFile: "/run/secrets/redis" }), false);
    assert.equal(accepts({ username: "iai" }), false);
    assert.equal(accepts({ username: "iai", password: "p" }), true);
  });
});
