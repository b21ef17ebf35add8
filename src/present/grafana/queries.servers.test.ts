import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createConnection } from "mysql2/promise";
import { parse } from "yaml";
import { call, createKey, type IaiProcess, startIai } from "../../../test/fixtures/iai-process.ts";
import type { Choice, Choices, Moment } from "../../../test/grafana/interpolation.ts";
import { type PrometheusHandle, startPrometheus } from "../../../test/grafana/prometheus-server.ts";
import { alertAgesMs, seedReadings, seedRecords } from "../../../test/grafana/seeded-plant.ts";
import {
  type FileTarget,
  type Frame,
  type GrafanaServers,
  runTarget,
  runVariable,
} from "../../../test/grafana/servers-behind-grafana.ts";
import { startServer } from "../../../test/servers/server-handle.ts";
import { root } from "../../../test/tidy/sources.ts";
import { grafanaFiles } from "./grafana-files.ts";

/*
 * Every query of every dashboard and alerting rule, as it stands in the generated files, put to the real servers the
 * way Grafana would: variables filled by their own queries, macros expanded, as Grafana's own users.
 */

const now = Date.now();
const HOUR = 3_600_000;
const deploy = join(root, "deploy");

const influx = await startServer("influxdb");
after(() => influx.stop());
const mysql = await startServer("mysql");
after(() => mysql.stop());
const folder = mkdtempSync(join(tmpdir(), "iai-grafana-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const started: { stop(): Promise<unknown> }[] = [];
let servers: GrafanaServers;

before(async () => {
  await seedReadings(influx.connection, now);
  await seedRecords(mysql.connection, now);
  const prometheus = await prometheusOverTwo();
  servers = {
    influxdb: await influxReader(),
    mysql: await mysqlReader(),
    prometheus: { url: prometheus.url, rateInterval: "4s" },
  };
});
after(async () => {
  await servers?.mysql.end();
  for (const one of started.toReversed()) await one.stop();
});

/** One IAI that takes readings and refuses bad ones, and one whose disk is too small for any. */
async function prometheusOverTwo(): Promise<PrometheusHandle> {
  const well = await iai("well", {});
  const full = await iai("full", {});
  await full.stop();
  const again = await iai("full", { IAI_EVENT_BUS_DISK_FLOOR_BYTES: String(2 ** 50) });
  const prometheus = await startPrometheus([well, again].map(({ apiUrl }) => new URL(apiUrl).host));
  started.push(prometheus);
  // Counters appear with the first event and count from then on.
  for (let second = 0; second < 3; second += 1) {
    const timestamp = now + second * 1_000;
    assert.equal(await send(well, { timestamp, temperature: 45 }), 200);
    assert.equal(await send(well, { timestamp: "2026-02-30", temperature: 45 }), 422);
    assert.equal(await send(again, { timestamp, temperature: 45 }), 503);
    await prometheus.asked((second + 1) * 2);
  }
  await prometheus.asked(10);
  return prometheus;
}

async function iai(name: string, environment: Readonly<Record<string, string>>) {
  const dataDir = join(folder, name);
  const process = await startIai({ dataDir, environment, forSuite: true });
  started.push(process);
  return process;
}

const keys = new Map<string, string>();

async function send(to: IaiProcess, reading: Readonly<Record<string, unknown>>): Promise<number> {
  const key = keys.get(to.dataDir) ?? createKey(to.dataDir, "ingest");
  keys.set(to.dataDir, key);
  const body = { device_id: "PUMP_1", ...reading };
  return (await call(`${to.apiUrl}/api/v1/readings`, key, { body })).status;
}

/** InfluxDB's own rights: the user reads one database. */
async function influxReader(): Promise<GrafanaServers["influxdb"]> {
  const { url, username, password } = influx.connection;
  const reader = { url: String(url), user: "grafana", password: "only-of-this-run" };
  for (const q of [
    `CREATE USER "${reader.user}" WITH PASSWORD '${reader.password}'`,
    `GRANT READ ON "iai" TO "${reader.user}"`,
  ]) {
    const headers = { Authorization: `Basic ${btoa(`${username}:${password}`)}` };
    const body = new URLSearchParams({ q });
    assert.equal((await fetch(`${url}/query`, { method: "POST", headers, body })).status, 200);
  }
  return reader;
}

/** The user that `deploy/mysql/grafana-reader.sql` makes, with the session that the data source asks for. */
async function mysqlReader() {
  const { port, socketPath, rootPassword } = mysql.connection;
  const administrator = await createConnection({
    ...{ socketPath: String(socketPath), user: "root", password: String(rootPassword) },
    multipleStatements: true,
  });
  await administrator.query("SET @grafana_password = 'only-of-this-run'");
  const sql = readFileSync(join(deploy, "mysql", "grafana-reader.sql"), "utf8");
  await administrator.query(sql);
  await administrator.query(sql);
  await administrator.end();
  const reader = { user: "grafana", password: "only-of-this-run", database: "iai" };
  const connection = await createConnection({ host: "127.0.0.1", port: Number(port), ...reader });
  const { datasources } = parse(fileOf("grafana/provisioning/datasources/iai.yaml")) as {
    datasources: readonly { type: string; jsonData: { timezone?: string } }[];
  };
  const zone = datasources.find(({ type }) => type === "mysql")?.jsonData.timezone;
  await connection.query("SET time_zone = ?", [zone]);
  return connection;
}

const fileOf = (path: string): string => grafanaFiles().get(path) ?? "";

interface FilePanel {
  readonly title: string;
  readonly timeFrom?: string;
  readonly targets: readonly FileTarget[];
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
}

interface FilePage {
  readonly uid: string;
  readonly panels: readonly FilePanel[];
  readonly templating: { readonly list: readonly FileVariable[] };
}

interface FileVariable {
  readonly name: string;
  readonly query: string;
  readonly regex?: string;
  readonly allValue?: string;
  readonly includeAll?: boolean;
  readonly datasource: { readonly uid: string };
}

const pages = [...grafanaFiles()]
  .filter(([path]) => path.startsWith("grafana/dashboards/"))
  .map(([, text]) => JSON.parse(text) as FilePage);

/** A day, and the time that this suite may take. */
const lastDay: Moment = { fromMs: now - 24 * HOUR, toMs: now + HOUR, interval: "30s" };
/** Nothing was there then. */
const longAgo: Moment = {
  fromMs: now - 800 * 24 * HOUR,
  toMs: now - 799 * 24 * HOUR,
  interval: "1m",
};

function momentOf(panel: FilePanel): Moment {
  // Prometheus knows nothing from before this suite.
  const isLive = panel.targets.every(({ datasource }) => datasource.type === "prometheus");
  if (isLive) return { fromMs: now, toMs: Date.now(), interval: "1s" };
  if (panel.timeFrom === undefined) return lastDay;
  assert.equal(panel.timeFrom, "now/d");
  return { ...lastDay, fromMs: new Date(now).setHours(0, 0, 0, 0) };
}

/** "All" of everything, or one value of each, chosen from what the variables offer one after the other. */
async function choose(page: FilePage, wanted: "all" | Readonly<Record<string, string>>) {
  const choices = new Map<string, Choice>();
  for (const { name, query, regex, allValue, includeAll, datasource } of page.templating.list) {
    const given = { choices, moment: lastDay };
    const variable = { query, uid: datasource.uid, ...(regex === undefined ? {} : { regex }) };
    const offered = await runVariable(servers, variable, given);
    assert.ok(offered.length > 0, `${page.uid} offers no ${name}`);
    if (wanted === "all" && includeAll === true) {
      choices.set(name, { values: offered, verbatim: allValue ?? null });
    } else {
      const one = wanted === "all" ? offered[0] : (wanted[name] ?? offered[0]);
      assert.ok(one !== undefined && offered.includes(one), `${page.uid} offers no ${name} ${one}`);
      choices.set(name, { values: [one], verbatim: null });
    }
  }
  return choices;
}

const rowsOf = (frames: readonly Frame[]): readonly (readonly unknown[])[] =>
  frames.flatMap(({ rows }) => rows);

async function framesOf(panel: FilePanel, choices: Choices, moment = momentOf(panel)) {
  const all: (readonly Frame[])[] = [];
  for (const target of panel.targets)
    all.push(await runTarget(servers, target, { choices, moment }));
  return all;
}

for (const page of pages) {
  describe(`${page.uid}`, () => {
    it("gives every panel something to show for the whole plant", async () => {
      const choices = await choose(page, "all");
      for (const panel of page.panels) {
        for (const [index, frames] of (await framesOf(panel, choices)).entries()) {
          const rows = rowsOf(frames);
          assert.ok(rows.length > 0, `${panel.title}: nothing`);
          const target = panel.targets[index];
          for (const frame of frames) checkShape(panel, target, frame);
        }
      }
    });

    it("gives every panel something to show for one device", async () => {
      const choices = await choose(page, { factory: "F1", line: "L1", device: "PUMP_1" });
      for (const panel of page.panels) {
        for (const frames of await framesOf(panel, choices))
          assert.ok(rowsOf(frames).length > 0, `${panel.title}: nothing`);
      }
    });

    it("asks nothing that fails where there is nothing", async () => {
      const choices = await choose(page, "all");
      for (const panel of page.panels) await framesOf(panel, choices, longAgo);
    });
  });
}

/** A panel can draw it: numbers where it needs them, labels where its names come from. */
function checkShape(panel: FilePanel, target: FileTarget | undefined, frame: Frame): void {
  const where = `${panel.title}: ${JSON.stringify(frame).slice(0, 400)}`;
  for (const [, tag] of (target?.alias ?? "").matchAll(/\$tag_(\w+)/g))
    assert.ok((frame.labels[tag ?? ""] ?? "") !== "", where);
  for (const [, label] of (target?.legendFormat ?? "").matchAll(/\{\{(\w+)\}\}/g))
    assert.ok(frame.labels[label ?? ""] !== undefined, where);
  const isSeries = target?.format === "time_series" || target?.resultFormat === "time_series";
  if (!isSeries) return;
  assert.equal(frame.columns[0], "time", where);
  const values = frame.rows.map((row) => row.at(-1)).filter((value) => value !== null);
  for (const value of values) assert.ok(Number.isFinite(Number(value)), where);
}

describe("a number on a dashboard", () => {
  const english = (name: string): FilePage => {
    const page = pages.find(({ uid }) => uid === `iai-${name}-en`);
    assert.ok(page !== undefined);
    return page;
  };
  const expected: readonly (readonly [
    page: string,
    title: string,
    unit: string,
    value: number | readonly (readonly unknown[])[],
  ])[] = [
    ["global", "Devices online", "none", 2],
    ["global", "Active P0 and P1", "none", 1],
    ["global", "Open work orders", "none", 1],
    // T1 in time, T2 late, T3 never; T4 is still in time.
    ["global", "AI handling rate", "percentunit", 1 / 3],
    ["global", "Mean response time", "s", (12 + 45) / 2],
    ["diagnosis", "Slowest diagnosis", "s", 45],
    ["diagnosis", "Closing rate", "percentunit", 1 / 3],
    [
      "diagnosis",
      "Latency from alert to diagnosis",
      "none",
      [
        ["≤ 1 s", 0],
        ["≤ 2 s", 0],
        ["≤ 5 s", 0],
        ["≤ 10 s", 0],
        ["≤ 30 s", 1],
        ["≤ 60 s", 1],
        ["> 60 s", 0],
      ],
    ],
    [
      "diagnosis",
      "Fault categories",
      "none",
      [
        ["bearing", 1],
        ["cavitation", 1],
      ],
    ],
    [
      "alerts",
      "Top 10 devices",
      "none",
      [
        ["PUMP_1", 2],
        ["PUMP_2", 1],
        ["Q.1", 1],
      ],
    ],
    [
      "alerts",
      "By severity",
      "none",
      [
        ["P0", 1],
        ["P1", 1],
        ["P2", 1],
        ["P3", 1],
      ],
    ],
  ];

  for (const [name, title, unit, value] of expected) {
    it(`says the truth of "${title}" in its unit`, async () => {
      const page = english(name);
      const panel = page.panels.find((one) => one.title === title);
      assert.ok(panel !== undefined);
      assert.equal(panel.fieldConfig.defaults.unit, unit);
      const [frames = []] = await framesOf(panel, await choose(page, "all"));
      const rows = rowsOf(frames);
      if (typeof value !== "number") assert.deepEqual(rows, value);
      else {
        assert.equal(rows.length, 1);
        assert.ok(Math.abs(Number(rows[0]?.at(-1)) - value) < 0.001, JSON.stringify(rows));
      }
    });
  }

  it("counts the alerts of today and no others", async () => {
    const page = english("global");
    const panel = page.panels.find(({ title }) => title === "Alerts today");
    assert.ok(panel !== undefined);
    const midnight = momentOf(panel).fromMs;
    const ages = alertAgesMs;
    const [frames = []] = await framesOf(panel, await choose(page, "all"));
    const today = ages.filter((age) => now - age >= midnight).length;
    assert.equal(Number(rowsOf(frames)[0]?.[0]), today);
  });

  it("draws each machine's own temperature, in °C, and vibration, in g", async () => {
    const page = english("live-devices");
    const choices = await choose(page, "all");
    for (const [title, unit, levels] of [
      ["Temperature", "celsius", { PUMP_1: 45, PUMP_2: 55, "Q.1": 65 }],
      ["Vibration (RMS acceleration)", "accG", { PUMP_1: 0.5, PUMP_2: 0.25, "Q.1": 0.75 }],
    ] as const) {
      const panel = page.panels.find((one) => one.title === title);
      assert.equal(panel?.fieldConfig.defaults.unit, unit);
      const [frames = []] = await framesOf(panel, choices);
      const drawn = frames.map(({ labels, rows }) => {
        const values = rows.map(([, value]) => value).filter((value) => value !== null);
        return [labels["device_id"], [...new Set(values)]];
      });
      assert.deepEqual(
        Object.fromEntries(drawn),
        Object.fromEntries(Object.entries(levels).map(([device, level]) => [device, [level]])),
      );
    }
  });

  it("offers every metric that was measured and no field of ours", async () => {
    const page = english("live-devices");
    const variable = page.templating.list.find(({ name }) => name === "metric");
    assert.ok(variable !== undefined);
    const { query, regex = "", datasource } = variable;
    const given = { choices: new Map(), moment: lastDay };
    const offered = await runVariable(servers, { query, regex, uid: datasource.uid }, given);
    assert.deepEqual(offered.toSorted(), ["flow", "pressure", "temperature", "vibration"]);
  });
});

describe("an alerting rule of Grafana", () => {
  interface FileRule {
    readonly uid: string;
    readonly noDataState: string;
    readonly data: readonly [
      { readonly relativeTimeRange: { readonly from: number }; readonly model: FileTarget },
      { readonly model: { readonly reducer: string } },
      { readonly model: { readonly conditions: readonly FileCondition[] } },
    ];
  }
  interface FileCondition {
    readonly evaluator: { readonly type: "gt" | "lt"; readonly params: readonly number[] };
  }
  const file = parse(fileOf("grafana/provisioning/alerting/rules.yaml")) as {
    readonly groups: readonly { readonly rules: readonly FileRule[] }[];
  };

  /** What Grafana finds: the last value of each line against the limit. */
  async function judge({ data, noDataState }: FileRule): Promise<boolean> {
    const [query, reduce, limit] = data;
    assert.equal(reduce.model.reducer, "last");
    const at = Date.now();
    const fromMs = at - query.relativeTimeRange.from * 1_000;
    const moment = { fromMs, toMs: at, interval: "30s" };
    const frames = await runTarget(servers, query.model, { choices: new Map(), moment });
    const values = frames.flatMap(({ rows }) =>
      rows.length === 0 ? [] : [Number(rows.at(-1)?.at(-1))],
    );
    if (values.length === 0) return noDataState === "Alerting";
    const [condition] = limit.model.conditions;
    const bound = condition?.evaluator.params[0] ?? Number.NaN;
    return values.some((value) => {
      assert.ok(Number.isFinite(value));
      return condition?.evaluator.type === "gt" ? value > bound : value < bound;
    });
  }

  const found: Readonly<Record<string, boolean | "depends on this machine">> = {
    "iai-lag": false,
    "iai-process-down": false,
    "iai-dependency-down": true,
    "iai-ingest-refused": true,
    "iai-no-data": false,
    "iai-diagnosis-late": true,
    "iai-undelivered": true,
    "iai-disk": "depends on this machine",
  };

  it("is known here, each", () => {
    const uids = file.groups.flatMap(({ rules }) => rules.map(({ uid }) => uid));
    assert.deepEqual(uids.toSorted(), Object.keys(found).toSorted());
  });

  for (const rule of file.groups.flatMap(({ rules }) => rules)) {
    it(`${rule.uid} sees what is so`, async () => {
      const fires = await judge(rule);
      if (typeof found[rule.uid] === "boolean") assert.equal(fires, found[rule.uid]);
    });
  }

  it("iai-no-data fires when nothing of the last minutes is archived", async () => {
    const rule = file.groups.flatMap(({ rules }) => rules).find(({ uid }) => uid === "iai-no-data");
    assert.ok(rule !== undefined);
    const frames = await runTarget(servers, rule.data[0].model, {
      choices: new Map(),
      moment: longAgo,
    });
    assert.deepEqual(frames, []);
    assert.equal(rule.noDataState, "Alerting");
  });
});

describe("Grafana's own users", () => {
  it("read no account, no key and no audit log in MySQL", async () => {
    for (const table of [
      "user_account",
      "api_key",
      "one_time_token",
      "audit_log",
      "setting",
      "source",
    ])
      await assert.rejects(servers.mysql.query(`SELECT * FROM ${table}`), {
        code: "ER_TABLEACCESS_DENIED_ERROR",
      });
  });

  it("change nothing in MySQL and in InfluxDB", async () => {
    await assert.rejects(servers.mysql.query("UPDATE alert_log SET status = 'IGNORED'"), {
      code: "ER_TABLEACCESS_DENIED_ERROR",
    });
    const { url, user, password } = servers.influxdb;
    const answer = await fetch(`${url}/write?db=iai`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}` },
      body: "sensor_raw,device_id=X temperature=1",
    });
    assert.equal(answer.status, 403);
  });
});
