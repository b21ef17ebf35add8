import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { installKey } from "../../../test/fixtures/access-fixture.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import type { AuditRow } from "../../model/records.ts";
import { createAuditLog } from "./audit-log.ts";

async function aLog(entries: number) {
  const records = new InMemoryRecords();
  const clock = new SimulatedClock(1_000);
  const audit = createAuditLog({ records, clock, key: installKey("audit") });
  for (let i = 1; i <= entries; i += 1) {
    await audit.append({
      actor: "anna",
      origin: "::1",
      action: "key.create",
      subject: `K${i}`,
      result: "ok",
      detail: { b: [1, { z: 1, a: undefined }], a: "轴承" },
    });
  }
  const change = (number: number, patch: Partial<AuditRow>) =>
    records.transaction((tx) => tx.update("audit_log", { number }, patch));
  return { records, audit, change };
}

describe("audit log", () => {
  it("verifies what was appended, an empty log and more than one page included", async () => {
    for (const entries of [0, 1, 3, 1_000, 1_001]) {
      const { audit } = await aLog(entries);
      assert.deepEqual(await audit.verify(), { ok: true, rows: entries, firstBad: null });
    }
  });

  it("numbers entries that are appended at the same time in one chain", async () => {
    const { audit, records } = await aLog(0);
    const entry = {
      actor: "a",
      origin: "o",
      action: "x",
      subject: "s",
      result: "ok",
      detail: {},
    } as const;
    await Promise.all(Array.from({ length: 20 }, () => audit.append(entry)));
    assert.deepEqual(
      records.rows("audit_log").map(({ number }) => number),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    assert.equal((await audit.verify()).ok, true);
  });

  const tampering: Record<string, Partial<AuditRow>> = {
    actor: { actor: "ben" },
    time: { at: 999 },
    origin: { origin: "::2" },
    action: { action: "key.revoke" },
    subject: { subject: "K9" },
    result: { result: "refused" },
    detail: { detail: { a: "轴承", b: [1, { z: 2 }] } },
    hash: { hash: "0".repeat(64) },
    "hash before it": { previousHash: "0".repeat(64) },
  };
  for (const [what, patch] of Object.entries(tampering)) {
    it(`names the row whose ${what} was changed`, async () => {
      const { audit, change } = await aLog(5);
      await change(3, patch);
      assert.deepEqual(await audit.verify(), { ok: false, rows: 2, firstBad: 3 });
    });
  }

  it("names the row that was removed from the middle", async () => {
    const { audit, records } = await aLog(5);
    await records.transaction((tx) => tx.remove("audit_log", { number: 3 }));
    assert.equal((await audit.verify()).firstBad, 3);
  });

  it("names the first missing row when the end was cut off", async () => {
    const { audit, records } = await aLog(5);
    await records.transaction((tx) => tx.remove("audit_log", { number: { gte: 4 } }));
    assert.deepEqual(await audit.verify(), { ok: false, rows: 3, firstBad: 4 });
  });

  it("names the first row when the chain was written with another secret", async () => {
    const { records } = await aLog(2);
    const clock = new SimulatedClock(0);
    const other = createAuditLog({ records, clock, key: installKey("another") });
    assert.equal((await other.verify()).firstBad, 1);
  });

  it("writes nothing when the matter it is about was rolled back", async () => {
    const { audit, records } = await aLog(1);
    records.failNext();
    const entry = {
      actor: "a",
      origin: "o",
      action: "x",
      subject: "s",
      result: "ok",
      detail: {},
    } as const;
    await assert.rejects(audit.append(entry));
    assert.deepEqual(await audit.verify(), { ok: true, rows: 1, firstBad: null });
  });
});
