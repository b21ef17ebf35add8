import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type HttpPlant,
  type Json,
  minutesAgo,
  openHttpPlant,
  type Page,
} from "../fixtures/http-plant.ts";

let plant: HttpPlant;
/** At the full minute, so that minutes are easily told. */
const begin = Math.floor(minutesAgo(40) / 60_000) * 60_000;
const values = Array.from({ length: 600 }, (_, i) => 20 + ((i * 7_919) % 1_000) / 37);
const reading = (i: number): Json => ({
  device_id: "H1",
  timestamp: begin + i * 1_000,
  temperature: values[i] ?? 0,
  metrics: { flow: i },
  seq: i,
});

before(async () => {
  plant = await openHttpPlant("history-contract");
  const order = values.map((_, i) => i);
  // Each minute backwards, and one reading of every minute later than everything else.
  const late = order.filter((i) => i % 60 === 31);
  const rest = order.filter((i) => i % 60 !== 31).toReversed();
  await plant.settle(rest.map(reading));
  await plant.settle(late.map(reading));
});
after(() => plant?.stop());

async function all(path: string, limit: number): Promise<readonly Json[]> {
  const items: Json[] = [];
  let cursor = "";
  for (;;) {
    const page = await plant.read<Page>(`${path}&limit=${limit}${cursor}`);
    assert.equal(page.limit, limit);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    if (page.next_cursor === null) return items;
    assert.equal(encodeURIComponent(page.next_cursor), page.next_cursor);
    cursor = `&cursor=${page.next_cursor}`;
  }
}

describe("GET /api/v1/readings", () => {
  it("gives each reading once, in time order, page by page", async () => {
    const items = await all("/readings?device_id=H1", 97);
    assert.deepEqual(
      items.map((item) => [item["timestamp"], item["temperature"], item["seq"]]),
      values.map((value, i) => [new Date(begin + i * 1_000).toISOString(), value, i]),
    );
  });

  it("takes `from` as inclusive and `to` as exclusive, in ISO and in ms", async () => {
    const [from, to] = [begin + 10_000, begin + 20_000];
    const iso = (at: number): string => new Date(at).toISOString();
    const shifted = encodeURIComponent(iso(from + 28_800_000).replace("Z", "+08:00"));
    for (const range of [
      `from=${from}&to=${to}`,
      `from=${iso(from)}&to=${iso(to)}`,
      `from=${shifted}&to=${to}`,
    ]) {
      const { items } = await plant.read<Page>(`/readings?device_id=H1&${range}`);
      assert.deepEqual(
        items.map((item) => item["seq"]),
        [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
      );
    }
  });

  it("gives only the metric asked for", async () => {
    const { items } = await plant.read<Page>("/readings?device_id=H1&metric=flow&limit=1");
    assert.equal(items[0]?.["temperature"], undefined);
    assert.deepEqual(items[0]?.["metrics"], { flow: 0 });
  });

  it("has 100 items a page by default and takes limits from 1 to 10,000", async () => {
    assert.equal((await plant.read<Page>("/readings?device_id=H1")).items.length, 100);
    assert.equal((await plant.read<Page>("/readings?device_id=H1&limit=10000")).items.length, 600);
    for (const wrong of [
      "limit=0",
      "limit=10001",
      "limit=x",
      "cursor=%21%21",
      "from=noon",
      "colour=red",
    ]) {
      const answer = await plant.get(`/readings?device_id=H1&${wrong}`);
      assert.ok(answer.status === 400 || answer.status === 422, wrong);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      for (const field of ["code", "title", "detail", "trace_id"])
        assert.equal(typeof answer.body[field], "string", field);
    }
  });
});

describe("GET /api/v1/aggregates", () => {
  it("is what can be recomputed from the readings, disorder and late rows included", async () => {
    const rows = await all("/aggregates?device_id=H1&metric=temperature", 3);
    assert.equal(rows.length, 10);
    for (const [minute, row] of rows.entries()) {
      const part = values.slice(minute * 60, minute * 60 + 60);
      const mean = part.reduce((sum, value) => sum + value, 0) / 60;
      assert.equal(row["minute"], new Date(begin + minute * 60_000).toISOString());
      assert.equal(row["count"], 60);
      assert.equal(row["min"], Math.min(...part));
      assert.equal(row["max"], Math.max(...part));
      assert.equal(row["last"], part.at(-1));
      assert.ok(Math.abs(Number(row["avg"]) - mean) < 1e-9);
    }
  });

  it("corrects a minute that was given already", async () => {
    const minute = begin + 20 * 60_000;
    const at = (second: number, temperature: number): Json => ({
      device_id: "H1",
      timestamp: minute + second * 1_000,
      temperature,
    });
    await plant.settle([at(10, 50)]);
    const path = `/aggregates?device_id=H1&metric=temperature&from=${minute}`;
    assert.equal((await plant.read<Page>(path)).items[0]?.["count"], 1);
    await plant.settle([at(5, 60)]);
    const row = (await plant.read<Page>(path)).items[0] ?? {};
    assert.deepEqual([row["count"], row["avg"], row["last"]], [2, 55, 50]);
  });
});

describe("GET /api/v1/telemetry/window", () => {
  it("gives count, mean, min, max, std, slope and last of every metric", async () => {
    const now = minutesAgo(0);
    const rows = Array.from(
      { length: 60 },
      (_, i): Json => ({
        device_id: "W1",
        timestamp: now - 60_000 + i * 1_000,
        temperature: 40 + i / 10,
        metrics: { flow: 5 },
      }),
    );
    await plant.settle(rows);
    const window = await plant.read("/telemetry/window?device_id=W1&window_mins=5");
    const { temperature, flow } = window["metrics"] as Record<string, Json>;
    assert.equal(temperature?.["count"], 60);
    assert.ok(Math.abs(Number(temperature?.["mean"]) - 42.95) < 1e-9);
    assert.deepEqual(
      [temperature?.["min"], temperature?.["max"], temperature?.["last"]],
      [40, 45.9, 45.9],
    );
    // 0.1 °C a second.
    assert.ok(Math.abs(Number(temperature?.["slope"]) - 360) < 1e-6);
    assert.deepEqual([flow?.["std"], flow?.["slope"]], [0, 0]);
    assert.equal((await plant.get("/telemetry/window?device_id=NONE&window_mins=5")).status, 404);
  });
});

describe("what needs no key on loopback", () => {
  it("is alive, is ready with each dependency, and its counters balance", async () => {
    const plain = (path: string): Promise<Response> => fetch(`${plant.iai.apiUrl}${path}`);
    assert.equal((await plain("/healthz")).status, 200);
    const ready = await plain("/readyz");
    assert.equal(ready.status, 200);
    const { dependencies } = (await ready.json()) as { dependencies: Record<string, Json> };
    for (const dependency of Object.values(dependencies)) {
      assert.equal(dependency["ok"], true);
      assert.ok("since" in dependency && "last_error" in dependency);
    }
    await plant.ingest([reading(0), { device_id: "H1" }]);
    const text = await (await plain("/metrics")).text();
    const value = (name: string): number =>
      Number(new RegExp(`^iai_readings_${name}_total (\\d+)`, "m").exec(text)?.[1]);
    assert.equal(value("received"), value("accepted") + value("duplicates") + value("rejected"));
    assert.ok(value("duplicates") >= 1 && value("rejected") >= 1);
    assert.equal((await plain("/openapi.json")).status, 200);
    assert.equal((await plain("/api/v1/devices")).status, 401);
  });

  it("documents every route in OpenAPI, readable at /docs", async () => {
    const document = (await (await fetch(`${plant.iai.apiUrl}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Json }>>;
      components: { schemas: Json };
    };
    assert.match(document.openapi, /^3\./);
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(document.components.schemas[name ?? ""] !== undefined, String(name));
    const wanted = [
      "POST /readings",
      "GET /readings",
      "GET /aggregates",
      "GET /telemetry/window",
      "GET /devices",
      "POST /devices",
      "PATCH /devices/{device_id}",
      "GET /devices/{device_id}/status",
      "GET /devices/{device_id}/baseline",
      "POST /devices/{device_id}/rebaseline",
      "POST /devices/{device_id}/mode",
      "GET /devices/{device_id}/forecast",
      "GET /anomalies",
      "GET /alerts",
      "GET /alerts/{trace_id}",
      "GET /alerts/{trace_id}/report",
      "GET /reports",
      ...["acknowledge", "shelve", "unshelve", "ignore", "assign", "comment", "diagnose"].map(
        (action) => `POST /alerts/{trace_id}/${action}`,
      ),
      "GET /work-orders",
      "POST /work-orders",
      "PATCH /work-orders/{order_no}",
      ...["approve", "start", "hold", "complete", "cancel"].map(
        (action) => `POST /work-orders/{order_no}/${action}`,
      ),
      "GET /rules",
      "POST /rules",
      "PUT /rules/{rule_id}",
      "POST /rules/{rule_id}/backtest",
      "GET /kb",
      "POST /kb",
      "PUT /kb/{kb_id}",
      "GET /incidents",
      "GET /quarantine",
      "POST /quarantine/{quarantine_id}/replay",
      "GET /audit",
      "GET /users",
      "POST /users",
      "GET /keys",
      "POST /keys",
      "GET /metrics-catalog",
      "POST /anomalies/webhook",
      "GET /stream",
      "GET /system/idle",
    ];
    for (const route of wanted) {
      const [method = "", path = ""] = route.split(" ");
      assert.ok(document.paths[`/api/v1${path}`]?.[method.toLowerCase()] !== undefined, route);
    }
    const docs = await fetch(`${plant.iai.apiUrl}/docs`);
    assert.equal(docs.status, 200);
    assert.match(docs.headers.get("content-type") ?? "", /^text\/html/);
  });

  it("says idle with the lag of each station, and has every list in one shape", async () => {
    await plant.idle();
    const { idle, lags } = await plant.read("/system/idle");
    assert.equal(idle, true);
    assert.ok(Object.values(lags as Json).every((lag) => lag === 0));
    for (const list of [
      "devices",
      "anomalies",
      "alerts",
      "reports",
      "work-orders",
      "rules",
      "kb",
      "incidents",
      "quarantine",
      "audit",
      "users",
      "keys",
      "metrics-catalog",
    ]) {
      const page = await plant.read<Page>(`/${list}?limit=7`);
      assert.ok(Array.isArray(page.items), list);
      assert.equal(page.limit, 7, list);
      assert.ok(page.next_cursor === null || /^[\w-]+$/.test(page.next_cursor), list);
    }
    assert.equal((await plant.get("/nowhere")).status, 404);
    assert.equal((await plant.send("DELETE", "/devices", undefined)).status, 405);
  });
});
