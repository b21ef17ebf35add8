import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { aDevice } from "../../../test/fixtures/record-rows.ts";
import { simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import type { Principal } from "../../model/access.ts";
import { createWorkOrderService } from "../../pipeline/decide/work-order-service.ts";
import { createProposals, type Proposal } from "./proposals.ts";

const agent: Principal = {
  id: "k1",
  name: "desk",
  role: "operator",
  kind: "key",
  deviceIds: null,
  factoryId: null,
  lineId: null,
};

const proposal: Proposal = {
  tool: "create_work_order",
  deviceId: "PUMP_01",
  priority: "P2",
  title: { zh: "查", en: "look" },
  description: { zh: "查", en: "look" },
  key: null,
};

async function aBook() {
  const { services, records } = simulatePlant();
  const deps = { ...services, records, timeZone: "UTC", onChange: () => undefined };
  await records.transaction((tx) => tx.insert("device_registry", aDevice("PUMP_01")));
  const orders = createWorkOrderService(deps);
  const all = { ...services, records, orders };
  return { orders, records, proposals: createProposals(all), another: createProposals(all) };
}

describe("proposals of agents", () => {
  it("with a key are one order, also when two processes hear it at once", async () => {
    const { records, proposals, another } = await aBook();
    const keyed = { ...proposal, key: "shift-7" };
    const answers = await Promise.all([
      proposals.propose(agent, keyed),
      another.propose(agent, keyed),
      proposals.propose(agent, keyed),
    ]);
    const numbers = new Set(answers.map(({ order }) => order.orderNo));
    assert.equal(numbers.size, 1);
    assert.equal(answers.filter(({ repeated }) => !repeated).length, 1);
    assert.equal(records.rows("work_order").length, 1);
    assert.equal(records.rows("history").length, 1);
    const other = { ...keyed, description: { zh: "另", en: "other" } };
    await assert.rejects(another.propose(agent, other), (e) => isCode(e, "CONFLICT"));
  });

  it("are one order when the same one comes many times at once", async () => {
    const { proposals } = await aBook();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => proposals.propose(agent, proposal)),
    );
    assert.equal(new Set(all.map(({ order }) => order.orderNo)).size, 1);
    assert.equal(all.filter(({ repeated }) => !repeated).length, 1);
  });

  it("are new once a person has decided, unless the caller's key says that it is the same", async () => {
    const { orders, proposals } = await aBook();
    for (const [key, isNew] of [
      [null, true],
      ["k", false],
    ] as const) {
      const { order } = await proposals.propose(agent, { ...proposal, key });
      await orders.cancel(order.orderNo, { principal: agent, reason: null });
      const again = await proposals.propose(agent, { ...proposal, key });
      assert.equal(again.order.orderNo !== order.orderNo, isNew);
    }
  });

  it("of two keys are two orders", async () => {
    const { proposals } = await aBook();
    const one = await proposals.propose(agent, proposal);
    const other = await proposals.propose({ ...agent, id: "k2" }, proposal);
    assert.notEqual(one.order.orderNo, other.order.orderNo);
  });
});
