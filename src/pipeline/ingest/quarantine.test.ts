import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { createQuarantine, type Quarantine, type QuarantineItem } from "./quarantine.ts";

const refused = (text: string): QuarantineItem => ({
  source: "http",
  code: "TS_INVALID",
  detail: "no such day",
  deviceId: "P1",
  raw: Buffer.from(text),
});

describe("quarantine", () => {
  let records: InMemoryRecords;
  let quarantine: Quarantine;
  const clock = new SimulatedClock(1_000);
  beforeEach(() => {
    records = new InMemoryRecords();
    quarantine = createQuarantine({ records, clock, ids: createCountingIds() });
  });

  it("keeps bytes, hash, reason and source", async () => {
    await quarantine.add([refused("x")]);
    assert.deepEqual(records.rows("quarantine"), [
      {
        quarantineId: "id-1",
        at: 1_000,
        source: "http",
        code: "TS_INVALID",
        detail: "no such day",
        deviceId: "P1",
        raw: Buffer.from("x").toString("base64"),
        sha256: createHash("sha256").update("x").digest("hex"),
        count: 1,
        replayedAt: null,
      },
    ]);
  });

  it("counts the same bytes for the same reason in one row", async () => {
    await quarantine.add([refused("x"), refused("y"), refused("x")]);
    await quarantine.add([refused("x"), { ...refused("x"), code: "TS_NO_ZONE" }]);
    const rows = records.rows("quarantine").map(({ code, count }) => [code, count]);
    assert.deepEqual(rows.toSorted(), [
      ["TS_INVALID", 1],
      ["TS_INVALID", 3],
      ["TS_NO_ZONE", 1],
    ]);
  });

  it("cuts at 64 KiB and hashes all of it", async () => {
    const text = "z".repeat(70_000);
    await quarantine.add([refused(text)]);
    const [row] = await quarantine.list({});
    assert.equal(Buffer.from(row?.raw ?? "", "base64").length, 64 * 1024);
    assert.equal(row?.sha256, createHash("sha256").update(text).digest("hex"));
  });

  it("makes room by its oldest rows beyond its bound, and counts them", async () => {
    quarantine = createQuarantine({
      records,
      clock,
      ids: createCountingIds(),
      bounds: { rows: 150, chars: 1_000_000 },
    });
    for (let i = 0; i <= 150; i += 1) {
      clock.jump(1);
      await quarantine.add([refused(`item ${i}`)]);
    }
    assert.equal(quarantine.evicted(), 100);
    const rows = records.rows("quarantine");
    assert.equal(rows.length, 51);
    assert.ok(rows.some(({ raw }) => Buffer.from(raw, "base64").toString() === "item 150"));
  });

  it("finds an item and notes its replay", async () => {
    await quarantine.add([refused("x")]);
    await quarantine.markReplayed("id-1");
    assert.equal((await quarantine.get("id-1")).replayedAt, clock.now());
    await assert.rejects(
      quarantine.get("id-2"),
      (failure) => failure instanceof IaiError && failure.code === "NOT_FOUND",
    );
  });
});
