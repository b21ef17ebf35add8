import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anAccess, anAccessInMemory, root } from "../../../test/fixtures/access-fixture.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { createIdSource } from "../../kernel/ids.ts";
import { roles } from "../../model/access.ts";
import { looksLikeKey, mintKey } from "./key-format.ts";

const ids = createIdSource(() => 0);

describe("API keys", () => {
  it("have a prefix that scanners know, at least 128 random bits and a checksum", () => {
    for (const role of roles) {
      const key = mintKey(role, ids);
      assert.match(key, /^iai_[voeai]_[A-Za-z0-9]{32}_[0-9a-f]{8}$/);
      assert.equal(looksLikeKey(key), true);
      for (let i = 0; i < key.length; i += 1) {
        const other = key.charAt(i) === "a" ? "b" : "a";
        const mistyped = key.slice(0, i) + other + key.slice(i + 1);
        assert.equal(looksLikeKey(mistyped), false, mistyped);
      }
    }
  });

  it("name their holder with role, devices and scope", async () => {
    const { addKey, bearer } = anAccessInMemory();
    const { apiKey, key } = await addKey({ deviceIds: ["PUMP_01"], factoryId: "F1", lineId: "L1" });
    assert.deepEqual(await bearer(key), {
      id: apiKey.keyId,
      name: "gateway",
      role: "ingest",
      kind: "key",
      deviceIds: ["PUMP_01"],
      factoryId: "F1",
      lineId: "L1",
    });
  });

  it("are kept as a hash only", async () => {
    const { addKey, records } = anAccessInMemory();
    const { key } = await addKey();
    const stored = JSON.stringify([records.rows("api_key"), records.rows("audit_log")]);
    assert.equal(stored.includes(key.slice(6, 38)), false);
  });

  it("count at the next request when another process made them", async () => {
    const here = anAccessInMemory();
    const there = anAccess(here.records, here.clock);
    const { key } = await there.addKey();
    assert.notEqual(await here.bearer(key), null);
  });

  it("stop within five seconds when another process revoked them, and at once when we did", async () => {
    const here = anAccessInMemory();
    const there = anAccess(here.records, here.clock);
    const [one, other] = [await here.addKey(), await here.addKey()];
    assert.notEqual(await here.bearer(one.key), null);
    assert.notEqual(await here.bearer(other.key), null);
    await here.access.keys.revoke(one.apiKey.keyId, root);
    assert.equal(await here.bearer(one.key), null);
    await there.access.keys.revoke(other.apiKey.keyId, root);
    await here.clock.advance(5_000);
    assert.equal(await here.bearer(other.key), null);
  });

  it("may be two at a time, so that one can be rotated", async () => {
    const { access, addKey, bearer } = anAccessInMemory();
    const [old, young] = [await addKey(), await addKey()];
    await access.keys.revoke(old.apiKey.keyId, root);
    assert.notEqual(await bearer(young.key), null);
  });

  it("stop at their expiry to the millisecond, a fresh copy notwithstanding", async () => {
    const { addKey, bearer, clock } = anAccessInMemory();
    const { key } = await addKey({ expiresAt: clock.now() + 1_000 });
    await clock.advance(999);
    assert.notEqual(await bearer(key), null);
    await clock.advance(1);
    assert.equal(await bearer(key), null);
  });

  it("note their last use at most once a minute", async () => {
    const { addKey, bearer, clock, records } = anAccessInMemory();
    const { key } = await addKey();
    const lastUsed = () => records.rows("api_key")[0]?.lastUsedAt;
    const first = clock.now();
    await bearer(key);
    await clock.advance(59_000);
    assert.equal(lastUsed(), first);
    await bearer(key);
    await clock.advance(1_000);
    assert.equal(lastUsed(), first);
    await bearer(key);
    await clock.advance(0);
    assert.equal(lastUsed(), first + 60_000);
  });

  it("are refused without a name, with an expiry in the past, or bound to what is no device", async () => {
    const { addKey, clock } = anAccessInMemory();
    const bad = [
      { name: " " },
      { expiresAt: clock.now() },
      { deviceIds: ["a b"] },
      { deviceIds: [] },
    ];
    for (const part of bad) {
      await assert.rejects(addKey(part), (failure) => isCode(failure, "INVALID_REQUEST"));
    }
  });

  it("cannot be revoked when there are none of that id", async () => {
    const { access } = anAccessInMemory();
    await assert.rejects(access.keys.revoke("X", root), (failure) => isCode(failure, "NOT_FOUND"));
  });

  for (const header of ["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "iai_i_x", ""]) {
    it(`are nobody's when the header is "${header}", even beside a good cookie`, async () => {
      const { access, addUser, login } = anAccessInMemory();
      await addUser("anna");
      const { refreshToken } = await login("anna");
      const who = { authorization: header, cookie: refreshToken, origin: "::1" };
      assert.equal(await access.authenticate(who), null);
    });
  }
});
