import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aDevice,
  anAlert,
  aReport,
  aSnapshot,
  FAULT_AT,
  healthyPump,
  type Scenario,
} from "../../../test/fixtures/diagnosis.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { AlertRow } from "../../model/records.ts";
import {
  type Verdict,
  type WorkOrderEvent,
  type WorkOrderStatus,
  workOrderTransitions,
} from "../../model/work-order.ts";
import { createDecisionPolicy, defaultDecisionPolicy } from "./decision-policy.ts";
import { createWorkOrderService, type WorkOrderDraft } from "./work-order-service.ts";

const scenario: Scenario = {
  metrics: healthyPump,
  conditions: [
    { condition: "high_vibration", detector: "limit", metrics: ["vibration"] },
    {
      condition: "composite",
      detector: "rule",
      metrics: ["vibration"],
      ruleId: "r1",
      ruleVersion: 2,
    },
  ],
};
const person: Principal = {
  id: "u1",
  name: "Wang",
  role: "operator",
  kind: "user",
  deviceIds: null,
  factoryId: null,
  lineId: null,
};
const by = { principal: person, reason: null };
const right: Verdict = { alarm: "right", cause: "imbalance", fix: "adjustment", note: "balanced" };

async function aPlant() {
  const records = new InMemoryRecords();
  const clock = new SimulatedClock(FAULT_AT);
  const ids = createCountingIds();
  const changes: WorkOrderStatus[] = [];
  const orders = createWorkOrderService({
    records,
    clock,
    ids,
    log: silentLog,
    timeZone: "Asia/Shanghai",
    onChange: (order) => changes.push(order.status),
  });
  await records.transaction((tx) => tx.insert("device_registry", aDevice(scenario)));
  const decide = createDecisionPolicy({
    policy: defaultDecisionPolicy,
    timeZone: "UTC",
    clock,
    ids,
  });
  /** An alarm with its report and order, at the life-cycle state asked for. */
  const anOrder = async (
    status: WorkOrderStatus = "OPEN",
    alarm: Partial<AlertRow> = { alarmState: "NORMAL" },
  ): Promise<string> => {
    const traceId = ids.next();
    const alert = anAlert(aSnapshot(scenario), { traceId, ...alarm });
    const report = aReport({ traceId });
    const order = await records.transaction(async (tx) => {
      await tx.insert("alert_log", alert);
      await tx.insert("diagnosis_report", report);
      return decide(tx, alert, report);
    });
    assert.ok(order !== null);
    const { orderNo } = order;
    await records.transaction((tx) => tx.update("work_order", { orderNo }, { status }));
    return orderNo;
  };
  return { records, clock, orders, changes, anOrder };
}

const closing = (verdict: Verdict = right, reason: string | null = null) => ({
  principal: person,
  reason,
  verdict,
  actualHours: 2.5,
  materials: [{ name: "weight", quantity: 2, unit: "pcs" }],
});

const draft: WorkOrderDraft = {
  deviceId: "PUMP_01",
  traceId: null,
  orderType: "INSPECTION",
  priority: "P3",
  faultCategory: "unknown",
  title: { zh: "听音", en: "Listen" },
  description: { zh: "听音", en: "Listen" },
  assignedTo: null,
  estimatedHours: null,
};

describe("the life cycle of a work order", () => {
  const events: readonly WorkOrderEvent[] = ["approve", "start", "hold", "complete", "cancel"];
  for (const [from, row] of Object.entries(workOrderTransitions)) {
    for (const event of events) {
      const to = row[event];
      it(`${from} × ${event}: ${to ?? "refused, nothing changed"}`, async () => {
        const plant = await aPlant();
        const orderNo = await plant.anOrder(from as WorkOrderStatus);
        const before = plant.records.rows("history").length;
        const act = () =>
          event === "complete"
            ? plant.orders.complete(orderNo, closing())
            : plant.orders[event](orderNo, by);
        if (to === null) {
          await assert.rejects(act(), (failure) => isCode(failure, "STATE_REFUSED"));
          assert.equal((await plant.orders.get(orderNo)).status, from);
          assert.equal(plant.records.rows("history").length, before);
        } else {
          assert.equal((await act()).status, to);
          assert.deepEqual(plant.changes, [to]);
          assert.equal(plant.records.rows("history").at(-1)?.actor, "Wang");
        }
      });
    }
  }
});

describe("closing a work order", () => {
  it("keeps verdict, hours and materials, with the detectors and rules it judges", async () => {
    const { orders, anOrder, records, clock } = await aPlant();
    const orderNo = await anOrder();
    const order = await orders.complete(orderNo, closing());
    assert.equal(order.actualHours, 2.5);
    assert.equal(order.completedAt, clock.now());
    assert.deepEqual(order.verdict, right);
    const [row] = records.rows("verdict");
    assert.deepEqual(row?.detectors, ["limit", "rule"]);
    assert.deepEqual(row?.ruleIds, ["r1"]);
    assert.equal(row?.predicted, "imbalance");
  });

  it("asks for a reason while the alarm is active, and changes nothing without one", async () => {
    const { orders, anOrder, records } = await aPlant();
    const orderNo = await anOrder("OPEN", { alarmState: "ACK_ACTIVE" });
    await assert.rejects(orders.complete(orderNo, closing()), (e) => isCode(e, "REASON_REQUIRED"));
    assert.equal((await orders.get(orderNo)).status, "OPEN");
    assert.equal(records.rows("verdict").length, 0);
    const order = await orders.complete(orderNo, closing(right, "sensor is off for repair"));
    assert.equal(order.status, "COMPLETED");
  });

  it("counts an active alarm that was linked later as well", async () => {
    const { orders, anOrder } = await aPlant();
    const orderNo = await anOrder();
    assert.equal(await anOrder("OPEN", { alarmState: "UNACK_ACTIVE" }), orderNo);
    await assert.rejects(orders.complete(orderNo, closing()), (e) => isCode(e, "REASON_REQUIRED"));
  });

  it("proposes a knowledge entry when the cause was another than predicted, and only then", async () => {
    const { orders, anOrder, records } = await aPlant();
    await orders.complete(await anOrder(), closing());
    assert.equal(records.rows("maintenance_kb").length, 0);
    const wrong: Verdict = { ...right, cause: "bearing", note: "outer race" };
    await orders.complete(await anOrder(), closing(wrong));
    const [entry] = records.rows("maintenance_kb");
    assert.equal(entry?.status, "PROPOSED");
    assert.equal(entry?.category, "bearing");
    assert.equal(entry?.deviceType, "pump");
  });

  it("shows precision per rule and detector, and how often the cause was right", async () => {
    const { orders, anOrder } = await aPlant();
    await orders.complete(await anOrder(), closing());
    await orders.complete(await anOrder(), closing({ ...right, cause: "bearing" }));
    await orders.complete(
      await anOrder(),
      closing({ ...right, alarm: "wrong", cause: "no_fault" }),
    );
    await orders.complete(
      await anOrder(),
      closing({ ...right, alarm: "unclear", cause: "unknown" }),
    );
    const statistics = await orders.statistics();
    assert.equal(statistics.closed, 4);
    const counts = { right: 2, wrong: 1, unclear: 1, precision: 2 / 3 };
    assert.deepEqual(statistics.byRule, [{ name: "r1", ...counts }]);
    assert.deepEqual(
      statistics.byDetector.map(({ name }) => name),
      ["limit", "rule"],
    );
    assert.equal(statistics.causeAgreement, 0.25);
    assert.ok(
      statistics.confusion.some(
        ({ predicted, found }) => predicted === "imbalance" && found === "bearing",
      ),
    );
  });
});

describe("work orders that people write", () => {
  it("are open at once, those of the system are proposals", async () => {
    const { orders } = await aPlant();
    const written = await orders.create(draft, by);
    assert.equal(written.status, "OPEN");
    assert.equal(written.lineId, "L003");
    assert.match(written.orderNo, /^WO-20260228-\d{4}$/);
    const system = { principal: { ...person, kind: "system" as const }, reason: null };
    assert.equal((await orders.create(draft, system)).status, "PROPOSED");
  });

  it("are refused a second time for the same alarm or the same named fault", async () => {
    const { orders, anOrder } = await aPlant();
    const { traceId } = await orders.get(await anOrder());
    await assert.rejects(orders.create({ ...draft, traceId }, by), (e) => isCode(e, "CONFLICT"));
    const same = { ...draft, faultCategory: "imbalance" as const };
    await assert.rejects(orders.create(same, by), (e) => isCode(e, "CONFLICT"));
  });

  it("need a device that exists", async () => {
    const { orders } = await aPlant();
    const unknown = { ...draft, deviceId: "NOBODY" };
    await assert.rejects(orders.create(unknown, by), (e) => isCode(e, "NOT_FOUND"));
  });

  it("may be changed until they are closed", async () => {
    const { orders } = await aPlant();
    const { orderNo } = await orders.create(draft, by);
    const changed = await orders.patch(orderNo, { assignedTo: "Zhao", priority: "P2" }, by);
    assert.equal(changed.assignedTo, "Zhao");
    await orders.cancel(orderNo, by);
    await assert.rejects(orders.patch(orderNo, { assignedTo: "Qian" }, by), (e) =>
      isCode(e, "STATE_REFUSED"),
    );
  });

  it("carry comments with their author", async () => {
    const { orders, records } = await aPlant();
    const { orderNo } = await orders.create(draft, by);
    await orders.comment(orderNo, { ...by, text: "parts ordered" });
    const [comment] = records.rows("comment");
    assert.equal(comment?.text, "parts ordered");
    assert.equal(comment?.actor, "Wang");
  });
});
