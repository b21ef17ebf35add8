import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { aHistoryRow, anAlertRow, anOrder, noon } from "../../../test/fixtures/record-rows.ts";
import { aReading, aServer, as, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import { bareMetric } from "../../model/device.ts";
import { alertOut } from "../../wire/alert.ts";
import { pageOf } from "../../wire/basics.ts";
import { deviceOut } from "../../wire/device.ts";
import { deviceStatusOut } from "../../wire/device-status.ts";
import { historyOut } from "../../wire/history.ts";
import { summaryOut, systemStatusOut } from "../../wire/operations.ts";
import { readingOut } from "../../wire/reading.ts";
import { sourceOut } from "../../wire/source.ts";
import { workOrderOut } from "../../wire/work-order.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const plant = simulatePlant();
const app = await aServer(plant);
after(() => app.close());
await plant.records.transaction(async (tx) => {
  for (let n = 0; n < 25; n += 1) {
    const alarmState = n % 2 === 0 ? "UNACK_ACTIVE" : "NORMAL";
    await tx.insert("alert_log", anAlertRow(`T${n}`, { openedAt: noon + (n % 3), alarmState }));
    await tx.insert("history", aHistoryRow(`H${n}`, { subjectId: "T0" }));
  }
  await tx.insert("work_order", anOrder("WO-20260228-0001", "T0"));
});
for (let n = 0; n < 25; n += 1)
  plant.readings.push(aReading(noon + n * 60_000, { temperature: 40 + n, flow: n, speed: 1480 }));

async function get(url: string) {
  const answer = await app.inject({ url: `/api/v1${url}`, headers: as("admin") });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function send(method: "POST" | "PATCH" | "PUT", url: string, payload: object) {
  const headers = as("engineer");
  return app.inject({ method, url: `/api/v1${url}`, headers, payload });
}

/** All items of a list, page by page. */
async function walk(url: string, limit: number): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await get(`${url}limit=${limit}${more}`);
    assert.equal(page.limit, limit);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    cursor = page.next_cursor;
    if (cursor !== null) assert.match(cursor, /^[A-Za-z0-9_-]+$/);
  } while (cursor !== null);
  return items;
}

describe("lists", () => {
  const lists = [
    ["/readings?device_id=PUMP_01&", (item) => item["timestamp"], 25],
    ["/readings?device_id=PUMP_01&order=desc&", (item) => item["timestamp"], 25],
    ["/aggregates?device_id=PUMP_01&", (item) => `${item["minute"]} ${item["metric"]}`, 75],
    ["/anomalies?", (item) => item["episode_id"], 25],
    ["/alerts?", (item) => item["trace_id"], 25],
    ["/alerts/T0/history?", (item) => item["history_id"], 25],
    ["/devices?", (item) => item["device_id"], 1],
  ] as const satisfies readonly (readonly [
    string,
    (item: Record<string, unknown>) => unknown,
    number,
  ])[];
  for (const [url, identity, count] of lists) {
    it(`gives every item of ${url} once, whatever the page size`, async () => {
      for (const limit of [1, 2, 7, 25, 100]) {
        const seen = (await walk(url, limit)).map(identity);
        assert.equal(seen.length, count);
        assert.equal(new Set(seen).size, count);
      }
    });
  }

  it("refuse a cursor that was not made here", async () => {
    for (const cursor of ["x", "W10", encodeCursor([1, 2, 3])]) {
      const url = `/api/v1/alerts?cursor=${cursor}`;
      const answer = await app.inject({ url, headers: as("viewer") });
      assert.equal(answer.json().code, "CURSOR_INVALID");
    }
  });

  it("refuse a filter that does not exist: a misspelt one would show everything", async () => {
    const url = "/api/v1/alerts?devise_id=PUMP_01";
    const answer = await app.inject({ url, headers: as("viewer") });
    assert.equal(answer.statusCode, 422);
    assert.equal(answer.json().code, "INVALID_REQUEST");
  });

  it("take words for sets of states, and times as ISO or ms", async () => {
    assert.equal((await get("/alerts?state=active")).items.length, 13);
    assert.equal((await get("/alerts?state=cleared,UNACK_ACTIVE")).items.length, 25);
    const from = new Date(noon + 1).toISOString();
    assert.equal((await get(`/alerts?from=${from}&to=${noon + 2}`)).items.length, 8);
  });
});

describe("a cursor", () => {
  it("survives the way out and back", () => {
    const part = fc.oneof(fc.string(), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const shape = parts.map((each) => (typeof each === "string" ? "string" : "number"));
        assert.deepEqual(decodeCursor(encodeCursor(parts), shape), parts);
      }),
    );
  });
});

describe("answers", () => {
  it("fit the schemas that the documentation is made of", async () => {
    const strict = (schema: import("zod").ZodType, answer: unknown) =>
      assert.deepEqual(schema.parse(answer), answer);
    strict(pageOf(readingOut), await get("/readings?device_id=PUMP_01"));
    strict(pageOf(alertOut), await get("/alerts"));
    strict(pageOf(deviceOut), await get("/devices"));
    strict(pageOf(deviceStatusOut), await get("/devices/status?limit=10000"));
    strict(deviceStatusOut, await get("/devices/PUMP_01/status"));
    strict(pageOf(historyOut), await get("/alerts/T0/history"));
    strict(workOrderOut, await get("/work-orders/WO-20260228-0001?lang=zh"));
    strict(summaryOut, await get("/summary"));
    strict(systemStatusOut, await get("/system/status"));
  });

  it("give a window's statistics per metric with unit and slope per hour", async () => {
    const url = `/telemetry/window?device_id=PUMP_01&window_mins=10&to=${noon + 25 * 60_000}`;
    const { temperature } = (await get(url)).metrics;
    assert.equal(temperature.count, 10);
    assert.equal(temperature.unit, "°C");
    assert.ok(Math.abs(temperature.slope - 60) < 1e-9);
    assert.equal(temperature.last, 64);
  });

  it("carry texts in the language asked for, and both beside them", async () => {
    const order = await get("/work-orders/WO-20260228-0001?lang=zh");
    assert.equal(order.description, "轴承磨损");
    assert.equal(order.i18n.en.description, "Bearing wear");
  });
});

describe("devices", () => {
  const base = {
    device_id: "FAN_1",
    device_name: "Fan",
    device_type: "fan",
    factory_id: "F001",
    line_id: "L003",
  };

  it("are registered with 201 and completed with 200", async () => {
    const made = await send("POST", "/devices", { ...base, rated_temp_max: 95 });
    assert.equal(made.statusCode, 201);
    assert.equal(made.json().metrics.temperature.hh, 95);
    assert.equal(made.json().protected, true);
    const again = await send("POST", "/devices", base);
    assert.equal(again.statusCode, 200);
    assert.equal(again.json().rated_temp_max, 95);
  });

  it("keep the shorthand metrics in their wire unit, deadbands as differences", async () => {
    const metrics = {
      temperature: { unit: "°F", hh: 212, deadband: 9 },
      flow: { unit: "m3/h", hh: 2 },
    };
    const made = await send("POST", "/devices", { ...base, device_id: "FAN_2", metrics });
    const { temperature, flow } = made.json().metrics;
    assert.equal(temperature.unit, "°C");
    assert.ok(Math.abs(temperature.hh - 100) < 1e-9);
    assert.ok(Math.abs(temperature.deadband - 5) < 1e-9);
    assert.deepEqual([flow.unit, flow.hh], ["m³/h", 2]);
  });

  it("refuse what cannot be meant, field by field", async () => {
    const cases = [
      [{ metrics: { flow: { unit: "furlong" } } }, "UNIT_UNKNOWN"],
      [{ metrics: { vibration: { unit: "mm/s", hh: 7 } } }, "UNIT_INCOMPATIBLE"],
      [{ metrics: { flow: { l: 5, h: 3 } } }, "INVALID_REQUEST"],
      [{ rated_temp_max: "95" }, "INVALID_REQUEST"],
      [{ colour: "red" }, "INVALID_REQUEST"],
      [{ device_id: "a b" }, "INVALID_REQUEST"],
      [{ install_date: "2026-02-30" }, "INVALID_REQUEST"],
      [JSON.parse('{"metrics":{"__proto__":{"hh":1}}}'), "INVALID_REQUEST"],
    ];
    for (const [part, code] of cases) {
      const answer = await send("POST", "/devices", { ...base, device_id: "FAN_3", ...part });
      assert.deepEqual([answer.statusCode, answer.json().code], [422, code], answer.body);
    }
    assert.equal(plant.devices.has("FAN_3"), false);
  });

  it("lose a limit by null and keep what a patch does not mention", async () => {
    plant.devices.set("PUMP_01", {
      ...(plant.devices.get("PUMP_01") ?? assert.fail()),
      metrics: { flow: { ...bareMetric("L/min"), l: 3, hh: 40 } },
    });
    const answer = await send("PATCH", "/devices/PUMP_01", { metrics: { flow: { hh: null } } });
    assert.deepEqual([answer.json().metrics.flow.l, answer.json().metrics.flow.hh], [3, null]);
    assert.equal(answer.json().device_name, "Pump PUMP_01");
  });

  it("come from CSV with a preview that says what is wrong in which line", async () => {
    const csv = [
      "device_id,device_name,device_type,factory_id,line_id,rated_temp_max,flow.hh",
      "CSV_1,One,pump,F001,L003,90,40",
      "CSV 2,Two,pump,F001,L003,,",
      "CSV_3,Three,pump,F001,L003,hot,",
    ].join("\n");
    const load = (query: string) =>
      app.inject({
        method: "POST",
        url: `/api/v1/devices/import${query}`,
        headers: { ...as("engineer"), "content-type": "text/csv" },
        payload: csv,
      });
    const preview = (await load("")).json();
    const summary = (rows: { row: number; action: string; errors: { field: string }[] }[]) =>
      rows.map((row) => [row.row, row.action, row.errors[0]?.field ?? null]);
    assert.deepEqual(summary(preview.rows), [
      [1, "create", null],
      [2, "refuse", "device_id"],
      [3, "refuse", "rated_temp_max"],
    ]);
    assert.equal(plant.devices.has("CSV_1"), false);
    const done = (await load("?dry_run=false")).json();
    assert.deepEqual([done.created, done.refused], [1, 2]);
    assert.equal(plant.devices.get("CSV_1")?.metrics["flow"]?.hh, 40);
  });

  it("go out as CSV in the form that comes in again, without formulas", async () => {
    plant.devices.set("CSV_1", {
      ...(plant.devices.get("CSV_1") ?? assert.fail()),
      deviceName: '=HYPERLINK("x")',
    });
    const out = await app.inject({ url: "/api/v1/devices/export", headers: as("viewer") });
    assert.match(out.body, /"'=HYPERLINK\(""x""\)"/);
    const back = await app.inject({
      method: "POST",
      url: "/api/v1/devices/import",
      headers: { ...as("engineer"), "content-type": "text/csv" },
      payload: out.body,
    });
    assert.equal(back.json().refused, 0, back.body);
    assert.equal(back.json().updated, plant.devices.size);
  });
});

describe("actions", () => {
  it("hand the alarm, the person and the reason to the station, and answer the alarm", async () => {
    const answer = await send("POST", "/alerts/T0/acknowledge", { reason: "seen" });
    assert.equal(answer.json().trace_id, "T0");
    const [name, traceId, by] = plant.asked.at(-1) as [string, string, { reason: string }];
    assert.deepEqual([name, traceId, by.reason], ["alerts.acknowledge", "T0", "seen"]);
    const bare = {
      method: "POST",
      url: "/api/v1/alerts/T0/acknowledge",
      headers: as("operator"),
    } as const;
    assert.equal((await app.inject(bare)).statusCode, 200);
  });

  it("take the end of shelving as a time or a span, never both", async () => {
    const until = new Date(noon + 60_000).toISOString();
    const both = { until, duration_ms: 5, reason: "x" };
    assert.equal((await send("POST", "/alerts/T0/shelve", both)).statusCode, 422);
    await send("POST", "/alerts/T0/shelve", { duration_ms: 60_000, reason: "x" });
    const [, , options] = plant.asked.at(-1) as [string, string, { until: number }];
    assert.equal(options.until, noon + 60_000);
  });

  it("close an order with the verdict", async () => {
    const url = "/work-orders/WO-20260228-0001/complete";
    assert.equal((await send("POST", url, {})).statusCode, 422);
    const verdict = { alarm: "right", cause: "bearing", fix: "replacement" };
    assert.equal((await send("POST", url, { verdict, actual_hours: 2 })).statusCode, 200);
    const [name, , closing] = plant.asked.at(-1) as [string, string, { verdict: object }];
    assert.equal(name, "orders.complete");
    assert.deepEqual(closing.verdict, { ...verdict, note: "" });
  });
});

describe("sources", () => {
  it("say how they stand, how old their last value is, and what was refused", async () => {
    const { items } = await get("/sources");
    const [source] = pageOf(sourceOut).parse(await get("/sources")).items;
    assert.equal(items.length, 1);
    assert.equal(source?.state, "connecting");
    assert.equal(source?.last_value_age_ms, 61_000);
    assert.deepEqual(source?.refusals, { TS_INVALID: 2 });
  });
});
