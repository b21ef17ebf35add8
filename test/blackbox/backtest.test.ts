import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type HttpPlant,
  type Json,
  minutesAgo,
  openHttpPlant,
  type Page,
} from "../fixtures/http-plant.ts";
import { runIai } from "../fixtures/iai-process.ts";

let plant: HttpPlant;
const begin = minutesAgo(30);
const COUNT = 1_500;
/** Two hills: one up to 78 °C, one up to 88 °C. */
const temperatures = Array.from({ length: COUNT }, (_, second) => {
  const hill = (from: number, height: number): number => {
    const x = (second - from) / 300;
    return x <= 0 || x >= 1 ? 0 : height * 4 * x * (1 - x);
  };
  return 60 + hill(500, 18) + hill(1_100, 28) + 0.2 * Math.sin(second);
});
const firstAbove = (limit: number, from: number): number =>
  begin + 1_000 * temperatures.findIndex((value, second) => second >= from && value > limit);
const range = { from: begin, to: begin + COUNT * 1_000 };

interface Past {
  readonly gained: readonly Json[];
  readonly lost: readonly Json[];
  readonly kept: readonly { readonly delay_ms: number; readonly after: Json }[];
  readonly judged: readonly Json[];
  readonly devices: readonly Json[];
}

before(async () => {
  plant = await openHttpPlant("backtest");
  const device = { device_name: "pump", device_type: "pump", factory_id: "F1", line_id: "L1" };
  for (const id of ["B1", "B2"])
    assert.equal((await plant.send("POST", "/devices", { device_id: id, ...device })).status, 201);
  const rule = { rule_id: "hot", name: "hot", text: "temperature > 85", condition: "over_temp" };
  const scope = { device_id: "B1" };
  assert.equal((await plant.send("POST", "/rules", { ...rule, scope })).status, 201);
  await plant.settle(
    temperatures.map((temperature, second) => ({
      device_id: "B1",
      timestamp: begin + second * 1_000,
      temperature,
    })),
  );
});
after(() => plant?.stop());

const backtest = (body: Json, options: { readonly role?: "viewer" | "ingest" } = {}) =>
  plant.send<Past & { readonly code?: string }>("POST", "/rules/hot/backtest", body, options);

describe("POST /api/v1/rules/{id}/backtest", () => {
  it("finds in the past the alarm that was really raised", async () => {
    const { status, body } = await backtest(range, { role: "viewer" });
    assert.equal(status, 200, JSON.stringify(body));
    const { items } = await plant.read<Page>("/alerts?device_id=B1");
    const conditions = items.flatMap((alert) => alert["conditions"] as readonly Json[]);
    const real = conditions.filter((joined) => joined["condition"] === "over_temp");
    assert.deepEqual([body.gained.length, real.length], [1, 1]);
    assert.equal(body.gained[0]?.["opened_at"], new Date(firstAbove(85, 0)).toISOString());
    assert.deepEqual(body.devices, [
      { device_id: "B1", readings: COUNT, alarms_before: 0, alarms_after: 1 },
    ]);
  });

  it("tells what another text would have gained, and how much earlier", async () => {
    const { body } = await backtest({ ...range, change: { text: "temperature > 75" } });
    assert.deepEqual([body.gained.length, body.lost.length, body.kept.length], [1, 0, 1]);
    assert.equal(body.gained[0]?.["opened_at"], new Date(firstAbove(75, 0)).toISOString());
    assert.equal(body.kept[0]?.delay_ms, firstAbove(75, 1_100) - firstAbove(85, 1_100));
    // Nothing of it is stored.
    assert.equal((await plant.read("/rules/hot"))["version"], 1);
  });

  it("knows what people said of the alarm when they closed its order", async () => {
    const alert = (await plant.read<Page>("/alerts?device_id=B1")).items[0] ?? {};
    const order = (await plant.read<Page>("/work-orders?device_id=B1")).items[0];
    const no =
      order?.["order_no"] ??
      (
        await plant.send("POST", "/work-orders", {
          device_id: "B1",
          order_type: "INSPECTION",
          priority: "P2",
          description: "look",
          trace_id: alert["trace_id"],
        })
      ).body["order_no"];
    if (order?.["status"] === "PROPOSED")
      await plant.send("POST", `/work-orders/${no}/approve`, {});
    const verdict = { alarm: "right", cause: "cooling", fix: "repair", note: "" };
    const closed = await plant.send("POST", `/work-orders/${no}/complete`, {
      verdict,
      reason: "x",
    });
    assert.equal(closed.status, 200, JSON.stringify(closed.body));
    const { body } = await backtest({ ...range, change: { enabled: false } });
    assert.deepEqual([body.lost.length, body.judged.length], [1, 1]);
    assert.deepEqual([body.judged[0]?.["alarm"], body.judged[0]?.["cause"]], ["right", "cooling"]);
    assert.equal(body.judged[0]?.["told_before"], true);
  });

  it("refuses a wrong text with its column, an unknown rule, a time turned round, and who may not", async () => {
    const wrong = await backtest({ ...range, change: { text: "temperature >" } });
    assert.deepEqual([wrong.status, wrong.body.code], [422, "RULE_SYNTAX"]);
    const none = await plant.send("POST", "/rules/none/backtest", range);
    assert.equal(none.status, 404);
    assert.ok([400, 422].includes((await backtest({ from: range.to, to: range.from })).status));
    assert.equal((await backtest(range, { role: "ingest" })).status, 403);
  });
});

describe("iai backtest", () => {
  it("says the same beside the running server", async () => {
    const { body } = await backtest({ ...range, change: { text: "temperature > 75" } });
    const places = [
      "--data-dir",
      plant.iai.dataDir,
      "--from",
      `${range.from}`,
      "--to",
      `${range.to}`,
    ];
    const args = ["backtest", "--rule", "hot", "--text", "temperature > 75", ...places];
    const { status, stdout, stderr } = runIai([...args, "--json"]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), body);
  });
});
