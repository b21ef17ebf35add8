import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cool, healthy, hot, Machine } from "../fixtures/http-machine.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";

let plant: HttpPlant;

before(async () => {
  plant = await openHttpPlant("alarm-contract", {
    yaml: "log: { level: warn }\ndetect: { learnRows: 60 }\n",
  });
});
after(() => plant?.stop());

describe("one alarm per device and condition", () => {
  it("raises P0 at the rated maximum, once for many readings, with the reading that raised it", async () => {
    const pump = await new Machine(plant, "A1").register();
    const [first, ...rest] = pump.reads(20, (i) => ({ ...hot(), seq: 100 + i }));
    await plant.settle([{ ...first, temperature: 100 }, ...rest]);
    const alarm = await pump.alarm();
    assert.equal(alarm["condition"], "over_temp");
    assert.equal(alarm["alert_type"], "over_temp");
    assert.deepEqual([alarm["severity"], alarm["peak_severity"]], ["P0", "P0"]);
    assert.equal(alarm["state"], "UNACK_ACTIVE");
    assert.equal(alarm["occurrences"], 1);
    assert.equal(alarm["timestamp"], new Date(Number(first?.["timestamp"])).toISOString());
    assert.equal(alarm["seq"], 100);
    assert.deepEqual(alarm["values"], { temperature: 100 });
    assert.equal(alarm["status"], "COMPLETED");
    assert.equal((await plant.get(`/alerts/${alarm["trace_id"]}`)).status, 200);
    assert.equal((await plant.get("/alerts/none")).status, 404);
  });

  it("names the conditions of the four standard limits and of any other metric", async () => {
    const pump = await new Machine(plant, "A2").register({
      rated_pressure_max: 2,
      rated_current_max: 20,
    });
    await plant.settle(
      pump.reads(3, () => ({ vibration: 1.1, pressure: 2.1, current: 21, metrics: { flow: 4 } })),
    );
    const conditions = (await pump.alarms()).map((alarm) => alarm["condition"]).sort();
    assert.deepEqual(conditions, ["high_pressure", "high_vibration", "low_flow", "over_current"]);
  });

  it("ends in one report and, for P0, one EMERGENCY order that waits for approval", async () => {
    const pump = new Machine(plant, "A1");
    const { trace_id } = await pump.alarm();
    const report = await plant.read(`/alerts/${trace_id}/report`);
    for (const field of ["diagnosis_text", "decision_text", "fault_category", "recommended_action"])
      assert.equal(typeof report[field], "string", field);
    assert.equal(report["severity"], "CRITICAL");
    assert.equal(report["source"], "rules");
    assert.equal(report["revision"], 1);
    assert.ok(Array.isArray(report["evidence"]) && Array.isArray(report["hypotheses"]));
    const orders = (await plant.read<Page>(`/work-orders?trace_id=${trace_id}`)).items;
    assert.equal(orders.length, 1);
    assert.match(String(orders[0]?.["order_no"]), /^WO-\d{8}-\d{4}$/);
    assert.deepEqual(
      [orders[0]?.["order_type"], orders[0]?.["status"], orders[0]?.["priority"]],
      ["EMERGENCY", "PROPOSED", "P0"],
    );
    assert.equal((await plant.read<Page>("/reports?device_id=A1")).items.length, 1);
  });

  it("raises nothing about the machine by a bad value and clears nothing by it", async () => {
    const metrics = { temperature: { unit: "°C", min: -50, max: 300 } };
    const dead = await new Machine(plant, "A3").register({ metrics });
    await plant.settle(dead.reads(20, () => ({ temperature: 301, vibration: 0.1 })));
    assert.equal((await dead.alarm())["condition"], "sensor_range");
    const pump = await new Machine(plant, "A4").register({ metrics });
    await plant.settle(pump.reads(3, hot));
    await plant.settle(pump.reads(20, () => ({ temperature: -60, vibration: 0.1 })));
    const alarm = await pump.alarm();
    assert.deepEqual(
      [alarm["condition"], alarm["active"], alarm["unconfirmed"]],
      ["over_temp", true, true],
    );
  });
});

describe("cool-down, severity and one story", () => {
  it("reopens the same alarm within 5 min of clearing, and opens a new one later", async () => {
    const pump = await new Machine(plant, "C1", 30).register();
    await plant.settle(pump.reads(5, hot));
    const first = await pump.alarm();
    assert.equal((await pump.act("acknowledge")).status, 200);
    await plant.settle(pump.reads(20, cool));
    assert.equal((await pump.alarm())["state"], "NORMAL");
    await plant.settle(pump.waits(200).reads(5, hot));
    const again = await pump.alarm();
    assert.equal(again["trace_id"], first["trace_id"]);
    assert.equal(again["occurrences"], 2);
    assert.equal(again["state"], "UNACK_ACTIVE");
    const report = await plant.read(`/alerts/${first["trace_id"]}/report`);
    assert.equal(report["revision"], 1);
    await plant.settle([...pump.reads(20, cool), ...pump.waits(400).reads(5, hot)]);
    const both = await pump.alarms();
    assert.equal(both.length, 2);
    assert.notEqual(both[0]?.["trace_id"], both[1]?.["trace_id"]);
  });

  it("lets a higher severity through: same alarm, report revised, order raised", async () => {
    const pump = await new Machine(plant, "C2").register({
      metrics: { temperature: { unit: "°C", h: 80 } },
    });
    await plant.settle(pump.reads(5, () => ({ temperature: 85 })));
    const before = await pump.alarm();
    assert.equal(before["severity"], "P1");
    await plant.settle(pump.reads(5, hot));
    const alarm = await pump.alarm();
    assert.equal(alarm["trace_id"], before["trace_id"]);
    assert.deepEqual([alarm["severity"], alarm["peak_severity"]], ["P0", "P0"]);
    const report = await plant.read(`/alerts/${alarm["trace_id"]}/report`);
    assert.equal(report["revision"], 2);
    const orders = (await plant.read<Page>(`/work-orders?device_id=C2`)).items;
    assert.deepEqual(
      orders.map((order) => order["priority"]),
      ["P0"],
    );
  });

  it("keeps a cleared alarm unacknowledged until somebody has seen it", async () => {
    const pump = await new Machine(plant, "C3").register();
    await plant.settle([...pump.reads(5, hot), ...pump.reads(20, cool)]);
    const alarm = await pump.alarm();
    assert.deepEqual([alarm["state"], alarm["active"]], ["UNACK_CLEARED", false]);
    assert.equal((await pump.act("acknowledge")).body["state"], "NORMAL");
    assert.equal((await pump.act("acknowledge")).status, 409);
  });

  it("lowers P1 for criticality C, and P0 never", async () => {
    const fan = await new Machine(plant, "C4").register({
      criticality: "C",
      metrics: { temperature: { unit: "°C", h: 80 } },
    });
    await plant.settle(fan.reads(5, () => ({ temperature: 85 })));
    assert.equal((await fan.alarm())["severity"], "P2");
    await plant.settle(fan.reads(5, hot));
    assert.equal((await fan.alarm())["severity"], "P0");
  });

  it("attaches a condition that shares a metric to the open alarm", async () => {
    const rule = {
      name: "Hot and shaking",
      text: "temperature > 90 and vibration > 0.4",
      condition: "hot_shaking",
      scope: { device_id: "C5" },
    };
    assert.equal((await plant.send("POST", "/rules", rule, { role: "engineer" })).status, 201);
    const pump = await new Machine(plant, "C5").register();
    await plant.settle(pump.reads(3, () => ({ temperature: 101, vibration: 0.1 })));
    await plant.settle(pump.reads(5, () => ({ temperature: 101, vibration: 0.5 })));
    const alarm = await pump.alarm();
    const conditions = (alarm["conditions"] as Json[]).map(({ condition }) => condition);
    assert.deepEqual(conditions, ["over_temp", "hot_shaking"]);
  });

  it("uses the margin between the healthy level and HH once a baseline is there", async () => {
    const pump = await new Machine(plant, "C6", 6).register();
    await plant.settle(pump.reads(150, healthy));
    assert.equal((await pump.alarms()).length, 0);
    // Healthy 50, HH 100: 91 has used up 0.82 of the margin.
    await plant.settle(pump.reads(8, (i) => ({ ...healthy(i), temperature: 91 })));
    const alarm = (await pump.alarms("&condition=over_temp"))[0] ?? {};
    assert.equal(alarm["severity"], "P1");
    assert.ok(Math.abs(Number(alarm["margin"]) - 0.82) < 0.02);
  });

  it("makes a deviation an alert after 60 s, shows it at once, and pages nobody before", async () => {
    const pump = await new Machine(plant, "C7", 7).register();
    await plant.settle(pump.reads(200, healthy));
    const off = (i: number): Json => ({
      ...healthy(i),
      vibration: 0.33 + Math.sin(i * 1.7) * 0.01,
    });
    await plant.settle(pump.reads(45, off));
    const { items } = await plant.read<Page>("/anomalies?device_id=C7");
    const episode = items.find((item) => item["condition"] === "deviation") ?? {};
    assert.equal(episode["ended_at"], null);
    assert.ok(Number((episode["contributions"] as Json)["vibration"]) > 0.5);
    assert.equal((await pump.alarms()).length, 0);
    assert.equal((await plant.read("/devices/C7/status"))["state"], "deviation");
    await plant.settle(pump.reads(60, off));
    const alarm = await pump.alarm();
    assert.deepEqual([alarm["condition"], alarm["severity"]], ["deviation", "P2"]);
    const orders = (await plant.read<Page>(`/work-orders?trace_id=${alarm["trace_id"]}`)).items;
    assert.deepEqual(
      orders.map((o) => [o["order_type"], o["status"]]),
      [["INSPECTION", "OPEN"]],
    );
  });
});
