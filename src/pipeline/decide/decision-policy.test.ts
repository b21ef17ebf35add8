import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anAlert, aReport, aSnapshot, healthyPump } from "../../../test/fixtures/diagnosis.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import type { Severity } from "../../model/alarm.ts";
import type { FaultCategory } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import type { WorkOrder } from "../../model/work-order.ts";
import { createDecisionPolicy, defaultDecisionPolicy } from "./decision-policy.ts";

/** 2026-02-28T23:30:00Z: already the next day in Shanghai. */
const NIGHT = Date.UTC(2026, 1, 28, 23, 30);

function aPolicy(timeZone = "UTC") {
  const records = new InMemoryRecords();
  const clock = new SimulatedClock(NIGHT);
  const ids = createCountingIds();
  const decide = createDecisionPolicy({ policy: defaultDecisionPolicy, timeZone, clock, ids });
  const snapshot = aSnapshot({ metrics: healthyPump });
  return {
    records,
    decides: (
      traceId: string,
      alertLevel: Severity,
      faultCategory: FaultCategory = "imbalance",
      patch: Partial<AlertRow> = {},
    ): Promise<WorkOrder | null> => {
      const alert = anAlert(snapshot, { traceId, alertLevel, ...patch });
      return records.transaction((tx) => decide(tx, alert, aReport({ traceId, faultCategory })));
    },
    orders: () => records.rows("work_order"),
  };
}

describe("the decision policy", () => {
  const table: readonly [Severity, string | null, string | null][] = [
    ["P0", "EMERGENCY", "PROPOSED"],
    ["P1", "PLANNED", "PROPOSED"],
    ["P2", "INSPECTION", "OPEN"],
    ["P3", null, null],
  ];
  for (const [severity, type, status] of table) {
    it(`answers ${severity} with ${type === null ? "no order" : `${type}, ${status}`}`, async () => {
      const order = await aPolicy().decides("t1", severity);
      assert.equal(order?.orderType ?? null, type);
      assert.equal(order?.status ?? null, status);
    });
  }

  it("numbers orders by the day of the plant's time zone, without a gap", async () => {
    const shanghai = aPolicy("Asia/Shanghai");
    assert.equal((await shanghai.decides("t1", "P1"))?.orderNo, "WO-20260301-0001");
    assert.equal((await shanghai.decides("t2", "P1", "seal"))?.orderNo, "WO-20260301-0002");
    assert.equal((await aPolicy().decides("t1", "P1"))?.orderNo, "WO-20260228-0001");
  });

  it("gives a number back when the transaction fails", async () => {
    const plant = aPolicy();
    plant.records.failNext();
    await assert.rejects(plant.decides("t1", "P1"));
    assert.equal((await plant.decides("t1", "P1"))?.orderNo, "WO-20260228-0001");
  });

  it("links a later alarm of the same device and fault to the order that is open", async () => {
    const plant = aPolicy();
    const first = await plant.decides("t1", "P2");
    const later = await plant.decides("t2", "P2");
    assert.equal(later?.orderNo, first?.orderNo);
    assert.deepEqual(plant.orders()[0]?.linkedTraceIds, ["t2"]);
    assert.equal(plant.orders().length, 1);
  });

  it("writes another order for another fault, another device, or when the first is closed", async () => {
    const plant = aPolicy();
    await plant.decides("t1", "P2");
    await plant.decides("t2", "P2", "seal");
    await plant.decides("t3", "P2", "imbalance", { deviceId: "PUMP_02" });
    await plant.records.transaction((tx) =>
      tx.update("work_order", { traceId: "t1" }, { status: "COMPLETED" }),
    );
    await plant.decides("t4", "P2");
    assert.equal(plant.orders().length, 4);
  });

  it("raises priority and type when the alarm escalates, keeping the one order", async () => {
    const plant = aPolicy();
    await plant.decides("t1", "P2");
    const raised = await plant.decides("t1", "P0");
    assert.equal(raised?.priority, "P0");
    assert.equal(raised?.orderType, "EMERGENCY");
    assert.equal(plant.orders().length, 1);
    assert.ok(plant.records.rows("history").some((row) => row.action === "escalate"));
  });

  it("never lowers an order", async () => {
    const plant = aPolicy();
    await plant.decides("t1", "P0");
    const after = await plant.decides("t2", "P3");
    assert.equal(after?.priority, "P0");
    assert.equal(after?.orderType, "EMERGENCY");
  });

  it("never gives an alarm a second order, even when its first is closed and it escalates", async () => {
    const plant = aPolicy();
    await plant.decides("t1", "P2");
    await plant.records.transaction((tx) =>
      tx.update("work_order", { traceId: "t1" }, { status: "CANCELLED" }),
    );
    await plant.decides("t1", "P0", "bearing");
    assert.equal(plant.orders().length, 1);
    assert.equal(plant.orders()[0]?.priority, "P2");
  });

  it("changes nothing when it decides twice", async () => {
    const plant = aPolicy();
    await plant.decides("t1", "P1");
    const before = plant.orders()[0];
    await plant.decides("t1", "P1");
    assert.deepEqual(plant.orders(), [before]);
  });

  it("orders nothing where no fault was found", async () => {
    assert.equal(await aPolicy().decides("t1", "P2", "no_fault"), null);
  });

  it("brings the plan into the order: steps, parts, hours", async () => {
    const order = await aPolicy().decides("t1", "P1");
    assert.equal(order?.estimatedHours, 4);
    assert.deepEqual(order?.checklist, [{ text: { zh: "看", en: "look" }, done: false }]);
    assert.equal(order?.materials[0]?.name, "balance weights");
  });
});
