import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cool, hot, Machine } from "../fixtures/http-machine.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";

let plant: HttpPlant;
before(async () => {
  plant = await openHttpPlant("incidents");
});
after(() => plant?.stop());

describe("GET /api/v1/incidents", () => {
  it("shows a storm of a line as one, with its first-out alarm, and every alarm told all the same", async () => {
    const pumps: Machine[] = [];
    for (let i = 1; i <= 6; i += 1)
      pumps.push(await new Machine(plant, `S${i}`, 1.9 - i / 60).register());
    const elsewhere = await new Machine(plant, "S9").register({ line_id: "L2" });
    const rows = [...pumps, elsewhere].flatMap((pump) => pump.reads(5, hot));
    await plant.settle(rows);
    const { items } = await plant.read<Page>("/incidents");
    assert.equal(items.length, 1, JSON.stringify(items));
    const incident = items[0] ?? {};
    assert.equal(incident["kind"], "process_upset");
    assert.equal(incident["line_id"], "L1");
    assert.equal(incident["active"], true);
    assert.equal(incident["alarms"], 6);
    assert.equal((incident["first_out"] as Json)["device_id"], "S1");
    assert.deepEqual((incident["device_ids"] as readonly string[]).toSorted(), [
      "S1",
      "S2",
      "S3",
      "S4",
      "S5",
      "S6",
    ]);
    for (const pump of pumps) {
      const alarm = await pump.alarm();
      assert.equal(alarm["incident_id"], incident["incident_id"]);
      assert.equal(alarm["status"], "COMPLETED");
    }
    assert.equal((await elsewhere.alarm())["incident_id"], null);
    await plant.settle(pumps.flatMap((pump) => pump.reads(20, cool)));
    const over = await plant.read(`/incidents/${incident["incident_id"]}`);
    assert.deepEqual([over["active"], over["active_alarms"]], [false, 0]);
    assert.equal((await plant.get("/incidents/none")).status, 404);
  });
});
