import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cool, hot, Machine } from "../fixtures/http-machine.ts";
import { type HttpPlant, openHttpPlant, type Page } from "../fixtures/http-plant.ts";

let plant: HttpPlant;

before(async () => {
  plant = await openHttpPlant("handling-contract");
});
after(() => plant?.stop());

describe("what people do about alarms", () => {
  it("filters by status, state, severity, condition, line and time", async () => {
    const count = async (filter: string): Promise<number> =>
      (await plant.read<Page>(`/alerts?device_id=C3&${filter}`)).items.length;
    const seen = await new Machine(plant, "C3").register();
    await plant.settle([...seen.reads(5, hot), ...seen.reads(20, cool)]);
    await seen.act("acknowledge");
    const { opened_at } = await new Machine(plant, "C3").alarm();
    const at = Date.parse(String(opened_at));
    for (const filter of [
      "status=COMPLETED",
      "state=NORMAL",
      "state=cleared",
      "severity=P0,P1",
      "condition=over_temp",
      "line_id=L1",
      `from=${at}&to=${at + 1}`,
    ])
      assert.equal(await count(filter), 1, filter);
    for (const filter of [
      "status=PENDING",
      "state=active",
      "severity=P3",
      "line_id=L9",
      `from=${at + 1}`,
      `to=${at}`,
    ])
      assert.equal(await count(filter), 0, filter);
    assert.ok((await plant.get("/alerts?severity=P9")).status >= 400);
  });

  it("records every transition with actor and reason", async () => {
    const pump = await new Machine(plant, "S1").register();
    await plant.settle(pump.reads(5, hot));
    assert.equal((await pump.act("assign", { assignee: "Li" })).body["assignee"], "Li");
    assert.equal((await pump.act("comment", { text: "on my way" })).status, 200);
    assert.equal((await pump.act("acknowledge", { reason: "seen" })).body["state"], "ACK_ACTIVE");
    const { trace_id } = await pump.alarm();
    const { items } = await plant.read<Page>(`/alerts/${trace_id}/history`);
    const done = items.map(({ action, actor, reason }) => [action, actor, reason]);
    assert.deepEqual(
      done.find(([action]) => action === "acknowledge"),
      ["acknowledge", "operator", "seen"],
    );
    for (const action of ["raised", "assign", "comment"])
      assert.ok(
        done.some(([name]) => name === action),
        `${action} in ${JSON.stringify(done)}`,
      );
    assert.equal((await pump.act("acknowledge", {}, "viewer")).status, 403);
  });

  it("shelves P0 for at most 1 h and by an engineer, others for at most 8 h, never without a reason", async () => {
    const pump = new Machine(plant, "S1");
    const inHours = (hours: number): string =>
      new Date(Date.now() + hours * 3_600_000).toISOString();
    const p0 = { until: inHours(0.9), reason: "waiting for parts" };
    assert.equal((await pump.act("shelve", p0)).status, 403);
    assert.ok((await pump.act("shelve", { ...p0, until: inHours(1.1) }, "engineer")).status >= 400);
    assert.ok((await pump.act("shelve", { until: p0.until }, "engineer")).status >= 400);
    assert.equal((await pump.act("shelve", p0, "engineer")).body["shelved"], true);
    assert.equal((await pump.alarms("&shelved=true")).length, 1);
    assert.ok(Number((await plant.read("/summary"))["shelved"]) >= 1);
    assert.equal((await pump.act("unshelve")).body["shelved"], false);
    const mild = await new Machine(plant, "S2").register({
      metrics: { temperature: { unit: "°C", h: 80 } },
    });
    await plant.settle(mild.reads(5, () => ({ temperature: 85 })));
    assert.ok((await mild.act("shelve", { ...p0, until: inHours(8.1) })).status >= 400);
    assert.equal((await mild.act("shelve", { ...p0, until: inHours(7.9) })).status, 200);
  });

  it("never ignores an active P0 or P1", async () => {
    const refused = await new Machine(plant, "S1").act("ignore", { reason: "no time" });
    assert.equal(refused.status, 409);
    assert.equal(refused.body["code"], "STATE_REFUSED");
    assert.equal((await new Machine(plant, "S2").act("ignore", { reason: "no time" })).status, 409);
  });

  it("lets an external detector raise and clear an alarm", async () => {
    await new Machine(plant, "X1").register();
    const body = { device_id: "X1", condition: "oil_particles", timestamp: Date.now(), score: 3 };
    const sent = await plant.send("POST", "/anomalies/webhook", body, { role: "ingest" });
    assert.equal(sent.status, 202);
    await plant.idle();
    const alarm = await new Machine(plant, "X1").alarm();
    assert.deepEqual([alarm["condition"], alarm["active"]], ["oil_particles", true]);
    const gone = { ...body, timestamp: Date.now() + 6_000, active: false };
    assert.equal((await plant.send("POST", "/anomalies/webhook", gone)).status, 202);
    await plant.idle();
    assert.equal((await new Machine(plant, "X1").alarm())["active"], false);
  });

  it("understands an external episode in the words of GET /anomalies", async () => {
    const fan = await new Machine(plant, "X2").register();
    const episode = {
      device_id: "X2",
      detector: "camera",
      condition: "smoke",
      started_at: new Date().toISOString(),
      ended_at: null,
      peak_score: 4,
      contributions: { temperature: 1 },
    };
    assert.equal((await plant.send("POST", "/anomalies/webhook", episode)).status, 202);
    await plant.settle(fan.reads(5, hot));
    const alarm = await fan.alarm();
    assert.deepEqual([alarm["condition"], alarm["severity"]], ["smoke", "P0"]);
    const { items } = await plant.read<Page>("/anomalies?device_id=X2");
    const seen = items.find(({ condition }) => condition === "smoke") ?? {};
    assert.deepEqual([seen["ended_at"], seen["peak_score"]], [null, 4]);
  });
});
