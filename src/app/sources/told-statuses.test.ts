import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { SourceStatus } from "../../present/api/source-service.ts";
import { listTold, tellStatuses } from "./told-statuses.ts";

const noon = Date.UTC(2026, 1, 28, 12);
const part = { state: "running", since: noon, lastError: null, lastValueAt: noon } as const;

function statusOf(name: string, parts = 1): SourceStatus {
  return {
    ...{ name, kind: "modbus", origin: "stored", enabled: true, waitingFor: null },
    state: {
      ...{ ...part, recoveries: 0 },
      parts: Array.from({ length: parts }, (_, n) => ({ ...part, name: `P${n}` })),
    },
    counters: { accepted: 7, duplicates: 0, rejected: 0, degraded: 0, byCode: {} },
    ratePerSecond: 2,
    skews: [],
    troubles: [],
  };
}

describe("how sources stand in another process", () => {
  it("is told while that process runs, is old after half a minute, and is taken back at its end", async () => {
    const records = new InMemoryRecords();
    const clock = new SimulatedClock(noon);
    const stop = new AbortController();
    const list = (): readonly SourceStatus[] => [statusOf("hall", 200)];
    const telling = tellStatuses({ records, clock, log: silentLog }, { list }, stop.signal);
    await eventually(async () => (await listTold(records, clock.now())).size === 1);
    const told = (await listTold(records, noon)).get("hall");
    assert.deepEqual([told?.counters.accepted, told?.state?.state], [7, "running"]);
    // The row stays small, however many slaves there are.
    assert.equal(told?.state?.parts.length, 50);
    assert.equal((await listTold(records, noon + 31_000)).size, 0);
    stop.abort();
    await telling;
    assert.equal((await listTold(records, noon)).size, 0);
  });
});
