import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { anAlertRow, noon } from "../../../test/fixtures/record-rows.ts";
import type { AlertRow } from "../../model/records.ts";
import { joinIncident } from "./incidents.ts";

/** Alarms raised one after the other, each in a transaction of its own. */
async function raise(
  records: InMemoryRecords,
  ...alarms: readonly (Partial<AlertRow> & { readonly traceId: string })[]
): Promise<void> {
  for (const { traceId, ...part } of alarms) {
    await records.transaction(async (tx) => {
      const row = anAlertRow(traceId, { deviceId: traceId.toUpperCase(), ...part });
      await tx.insert("alert_log", row);
      const joined = await joinIncident(tx, row, noon);
      assert.deepEqual(joined, await tx.find("alert_log", { traceId }));
    });
  }
}

const at = (seconds: number) => ({ openedAt: noon + seconds * 1_000 });
const five = [
  { traceId: "a", ...at(4) },
  { traceId: "b", ...at(1) },
  { traceId: "c", ...at(9) },
  { traceId: "d", ...at(20) },
  { traceId: "e", ...at(25) },
];

describe("an alarm storm", () => {
  it("begins with the fifth device of a line within 30 s, and is named after what came first", async () => {
    const records = new InMemoryRecords();
    await raise(records, ...five.slice(0, 4));
    assert.deepEqual(records.rows("incident"), []);
    await raise(records, ...five.slice(4));
    const [incident, ...others] = records.rows("incident");
    assert.deepEqual(others, []);
    assert.equal(incident?.firstOutTraceId, "b");
    assert.equal(incident?.kind, "process_upset");
    assert.deepEqual([incident?.openedAt, incident?.lastAt], [at(1).openedAt, at(25).openedAt]);
    for (const row of records.rows("alert_log"))
      assert.equal(row.incidentId, incident?.incidentId, row.traceId);
  });

  it("goes on while alarms of the line follow each other, and another one begins after a pause", async () => {
    const records = new InMemoryRecords();
    await raise(records, ...five, { traceId: "f", ...at(50) }, { traceId: "g", ...at(200) });
    assert.equal(records.rows("incident").length, 1);
    assert.equal(records.rows("incident")[0]?.lastAt, at(50).openedAt);
    const alone = records.rows("alert_log").find(({ traceId }) => traceId === "g");
    assert.equal(alone?.incidentId, null);
  });

  it("is neither one device with many alarms nor many lines with one each", async () => {
    const records = new InMemoryRecords();
    await raise(records, ...five.map((alarm) => ({ ...alarm, deviceId: "PUMP_01" })));
    await raise(
      records,
      ...five.map((alarm, i) => ({ ...alarm, traceId: `${alarm.traceId}2`, lineId: `L${i}` })),
    );
    assert.deepEqual(records.rows("incident"), []);
  });

  it("is a lost connection while there is nothing but silence, and an upset once something else comes", async () => {
    const records = new InMemoryRecords();
    await raise(records, ...five.map((alarm) => ({ ...alarm, alertType: "no_data" })));
    assert.equal(records.rows("incident")[0]?.kind, "communication_loss");
    await raise(records, { traceId: "f", ...at(27), alertType: "over_temp" });
    assert.equal(records.rows("incident")[0]?.kind, "process_upset");
  });

  it("has a new first-out when an earlier alarm arrives late", async () => {
    const records = new InMemoryRecords();
    await raise(records, ...five, { traceId: "late", ...at(-5) });
    const [incident] = records.rows("incident");
    assert.deepEqual([incident?.firstOutTraceId, incident?.openedAt], ["late", at(-5).openedAt]);
  });
});
