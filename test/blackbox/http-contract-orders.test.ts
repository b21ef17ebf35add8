import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cool, hot, Machine } from "../fixtures/http-machine.ts";
import {
  type HttpPlant,
  type Json,
  minutesAgo,
  openHttpPlant,
  type Page,
} from "../fixtures/http-plant.ts";

let plant: HttpPlant;

before(async () => {
  plant = await openHttpPlant("orders-contract");
});
after(() => plant?.stop());

const move = (orderNo: unknown, action: string, body: Json = {}) =>
  plant.send("POST", `/work-orders/${orderNo}/${action}`, body, { role: "operator" });
const verdict = { alarm: "right", cause: "cooling", fix: "repair", note: "fan belt" };
const ordersOf = async (device: string): Promise<readonly Json[]> =>
  (await plant.read<Page>(`/work-orders?device_id=${device}`)).items;

describe("work orders", () => {
  it("go from proposal to close-out with a verdict, and refuse every other way", async () => {
    const pump = await new Machine(plant, "O1").register();
    await plant.settle(pump.reads(5, hot));
    const [order] = await ordersOf("O1");
    const no = order?.["order_no"];
    assert.equal((await move(no, "start")).status, 409);
    assert.equal((await move(no, "complete", { verdict })).status, 409);
    assert.equal((await move(no, "approve")).body["status"], "OPEN");
    assert.equal((await move(no, "approve")).body["code"], "STATE_REFUSED");
    assert.equal((await move(no, "start")).body["status"], "IN_PROGRESS");
    assert.equal((await move(no, "hold", { reason: "no parts" })).body["status"], "ON_HOLD");
    assert.equal((await move(no, "start")).body["status"], "IN_PROGRESS");
    const patch = { assigned_to: "Wang", estimated_hours: 2 };
    const patched = await plant.send("PATCH", `/work-orders/${no}`, patch, { role: "operator" });
    assert.deepEqual([patched.body["assigned_to"], patched.body["estimated_hours"]], ["Wang", 2]);
    // The alarm is still active: closing it needs a reason.
    const unexplained = await move(no, "complete", { verdict });
    assert.ok(unexplained.status >= 400);
    assert.equal(unexplained.body["code"], "REASON_REQUIRED");
    assert.ok((await move(no, "complete", { reason: "cools down" })).status >= 400);
    const materials = [{ name: "belt", quantity: 1, unit: "pc" }];
    const done = await move(no, "complete", {
      verdict,
      reason: "cools down",
      actual_hours: 1.5,
      materials,
    });
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.equal(done.body["status"], "COMPLETED");
    assert.deepEqual(done.body["verdict"], verdict);
    assert.deepEqual([done.body["actual_hours"], done.body["materials"]], [1.5, materials]);
    assert.equal(done.body["rebaseline_offered"], true);
    assert.equal(typeof done.body["completed_at"], "string");
    assert.equal((await move(no, "cancel")).status, 409);
    const { items } = await plant.read<Page>(`/work-orders/${no}/history`);
    for (const action of ["approve", "start", "hold", "complete"])
      assert.ok(items.some((entry) => entry["action"] === action && entry["actor"] === "operator"));
  });

  it("feed the precision of rules and detectors", async () => {
    const statistics = await plant.read("/work-orders/statistics");
    assert.equal(statistics["closed"], 1);
    const limit = (statistics["by_detector"] as Json[]).find(({ name }) => name === "limit");
    assert.deepEqual([limit?.["right"], limit?.["precision"]], [1, 1]);
  });

  it("are not closed by the alarm that clears, and at most one is open per device and fault", async () => {
    const pump = await new Machine(plant, "O2", 30).register();
    await plant.settle([...pump.reads(5, hot), ...pump.reads(20, cool)]);
    await plant.settle(pump.waits(600).reads(5, hot));
    assert.equal((await pump.alarms()).length, 2);
    const orders = await ordersOf("O2");
    assert.equal(orders.length, 1);
    assert.equal(orders[0]?.["status"], "PROPOSED");
    const linked = orders[0]?.["linked_trace_ids"];
    assert.ok(Array.isArray(linked) && linked.length === 1);
    assert.equal(
      (await move(orders[0]?.["order_no"], "cancel", { reason: "tested" })).body["status"],
      "CANCELLED",
    );
  });

  it("are written by people too, numbered in one row, and need a device", async () => {
    const body = { device_id: "O1", priority: "P3", description: "Oil change" };
    const numbers: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const made = await plant.send("POST", "/work-orders", body, { role: "operator" });
      assert.equal(made.status, 201);
      assert.equal(made.body["status"], "OPEN");
      const found = /^WO-(\d{4})(\d{2})(\d{2})-(\d{4})$/.exec(String(made.body["order_no"]));
      assert.equal(found?.slice(1, 4).join("-"), new Date().toISOString().slice(0, 10));
      numbers.push(Number(found?.[4]));
    }
    assert.deepEqual(
      numbers.map((number) => number - (numbers[0] ?? 0)),
      [0, 1, 2],
    );
    assert.equal(
      (await plant.send("POST", "/work-orders", { ...body, device_id: "NONE" })).status,
      404,
    );
    assert.equal((await plant.send("POST", "/work-orders", body, { role: "viewer" })).status, 403);
  });
});

describe("rules", () => {
  it("are versioned, raise alarms with their version, and explain them", async () => {
    const rule = {
      rule_id: "warm",
      name: "Warm for a while",
      text: "temperature > 60 for 5s",
      condition: "warm",
      severity: "P2",
      scope: { device_id: "R1" },
    };
    const made = await plant.send("POST", "/rules", rule, { role: "engineer" });
    assert.equal(made.status, 201);
    assert.equal(made.body["version"], 1);
    const { rule_id: _, ...content } = rule;
    const next = { ...content, text: "temperature > 61 for 5s" };
    const put = await plant.send("PUT", "/rules/warm", next, { role: "engineer" });
    assert.equal(put.status, 200);
    assert.equal(put.body["version"], 2);
    const pump = await new Machine(plant, "R1").register();
    await plant.settle(pump.reads(4, () => ({ temperature: 65 })));
    assert.equal((await pump.alarms()).length, 0);
    await plant.settle(pump.reads(4, () => ({ temperature: 65 })));
    const alarm = await pump.alarm();
    assert.deepEqual([alarm["condition"], alarm["severity"]], ["warm", "P2"]);
    const [condition] = alarm["conditions"] as Json[];
    assert.deepEqual([condition?.["rule_id"], condition?.["rule_version"]], ["warm", 2]);
    assert.notEqual(condition?.["explanation"], null);
    assert.equal((await plant.send("POST", "/rules", rule)).status, 409);
  });

  it("are refused with the column of what is wrong", async () => {
    const wrong = { name: "Wrong", text: "temperature >> 80", condition: "wrong" };
    const answer = await plant.send("POST", "/rules", wrong);
    assert.ok(answer.status === 400 || answer.status === 422);
    assert.equal(answer.body["code"], "RULE_SYNTAX");
    assert.equal(answer.body["column"], 14);
    const checked = await plant.send("POST", "/rules/validate", { text: wrong.text });
    assert.equal((checked.body["error"] as Json)["column"], 14);
    assert.equal((await plant.send("POST", "/rules", wrong, { role: "operator" })).status, 403);
  });
});

describe("knowledge and quarantine", () => {
  it("finds knowledge by Chinese and by English words", async () => {
    for (const query of ["轴承", "轴承磨损", "bearing", "cavitation"]) {
      const { items } = await plant.read<Page>(`/kb?query=${encodeURIComponent(query)}`);
      assert.ok(items.length > 0, query);
      const wanted = query === "cavitation" ? "cavitation" : "bearing";
      assert.equal(items[0]?.["category"], wanted, query);
    }
    const entry = {
      device_type: "mixer",
      fault_pattern: "搅拌轴弯曲",
      symptoms: "振动增大",
      root_cause: "异物",
      solution: "校直",
      prevention: "滤网",
    };
    const made = await plant.send("POST", "/kb", entry, { role: "engineer" });
    assert.equal(made.status, 201);
    const { items } = await plant.read<Page>(
      `/kb?query=${encodeURIComponent("搅拌")}&device_type=mixer`,
    );
    assert.equal(items[0]?.["kb_id"], made.body["kb_id"]);
    const put = await plant.send("PUT", `/kb/${made.body["kb_id"]}`, {
      ...entry,
      solution: "更换",
    });
    assert.equal(put.body["version"], 2);
  });

  it("keeps what was refused with its raw bytes, and offers it again when asked", async () => {
    // Too far ahead now, right in a moment.
    const item = { device_id: "Q1", timestamp: Date.now() + 300_400, temperature: 1 };
    assert.equal((await plant.ingest(item)).status, 422);
    const { items } = await plant.read<Page>("/quarantine?device_id=Q1");
    assert.equal(items[0]?.["code"], "TS_IN_FUTURE");
    const raw = Buffer.from(String(items[0]?.["raw"]), "base64").toString("utf8");
    assert.deepEqual(JSON.parse(raw), item);
    const path = `/quarantine/${items[0]?.["quarantine_id"]}/replay`;
    const deadline = item.timestamp - 300_000;
    while (Date.now() <= deadline) await plant.idle();
    const replayed = await plant.send("POST", path, {}, { role: "engineer" });
    assert.equal(replayed.status, 200);
    assert.equal(replayed.body["accepted"], 1);
    const after = await plant.read<Page>("/quarantine?device_id=Q1");
    assert.notEqual(after.items[0]?.["replayed_at"], null);
    assert.equal((await plant.send("POST", "/quarantine/none/replay", {})).status, 404);
  });

  it("blames a later reading of a device for nothing that an old one did", async () => {
    const at = minutesAgo(10);
    await plant.settle([{ device_id: "Q2", timestamp: at, temperature: 1 }]);
    await plant.settle([{ device_id: "Q2", timestamp: at - 1_000, temperature: 2 }]);
    const status = await plant.read("/devices/Q2/status");
    assert.equal(status["last_seen_at"], new Date(at).toISOString());
  });
});
