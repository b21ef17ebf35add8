import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { testRecordStore } from "../../../../test/contract/record-store.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aDevice, aHistoryRow, anAlertRow, noon } from "../../../../test/fixtures/record-rows.ts";
import { type Databases, databasesOf } from "../../../../test/servers/mysql/databases.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { TableName } from "../../../model/records.ts";
import { seedEntries } from "../../../pipeline/diagnose/knowledge/seed-entries.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import { columnName, recordCatalogue } from "../../../wire/record-catalogue.ts";
import { mysqlRecordStoreConfig } from "./config.ts";
import { openMysqlRecordStore } from "./mysql-record-store.ts";

const mysql = await startServer("mysql");
after(() => mysql.stop());
const databases: Databases = databasesOf(mysql);
const { port, password } = mysql.connection;

const openIn = (database: string): Promise<RecordStore> =>
  openMysqlRecordStore(mysqlRecordStoreConfig.parse({ kind: "mysql", port, password, database }), {
    clock: systemClock,
    log: silentLog,
  });

/** Its tables are made once: to empty them takes a tenth of the time. */
let contractDatabase: string | null = null;
async function openEmptied(): Promise<RecordStore> {
  contractDatabase ??= await databases.empty();
  const store = await openIn(contractDatabase);
  await databases.asUser(contractDatabase, async (client) => {
    for (const table of Object.keys(recordCatalogue)) await client.query(`DELETE FROM ${table}`);
  });
  return store;
}

testRecordStore({ name: `MySQL ${mysql.version}`, open: openEmptied });

describe("records in MySQL", () => {
  let store: RecordStore;
  let database: string;
  before(async () => {
    database = await databases.empty();
    store = await openIn(database);
  });
  after(() => store.close());

  it("has exactly the columns of the catalogue, and those derived for people who read the SQL", async () => {
    for (const table of Object.keys(recordCatalogue) as TableName[]) {
      const { names } = await databases.row(
        database,
        `SELECT group_concat(column_name) AS names FROM information_schema.columns
           WHERE table_schema = database() AND table_name = '${table}'`,
      );
      const derived: Partial<Record<TableName, readonly string[]>> = {
        device_registry: [
          "rated_current_max",
          "rated_pressure_max",
          "rated_temp_max",
          "rated_vibration_max",
          "status",
        ],
        maintenance_kb: ["search_text"],
      };
      const wanted = Object.keys(recordCatalogue[table]).map(columnName);
      assert.deepEqual(
        String(names).split(",").sort(),
        [...wanted, ...(derived[table] ?? [])].sort(),
        table,
      );
    }
  });

  it("keeps instants in UTC, whatever the server's time zone, and the design's columns for SQL", async () => {
    await store.transaction(async (tx) => {
      await tx.insert("alert_log", anAlertRow("UTC", { createdAt: noon + 7, shelvedUntil: -1 }));
      await tx.insert("device_registry", aDevice("PUMP_UTC"));
    });
    const alert = await databases.row(
      database,
      "SELECT created_at, shelved_until, raw_payload->>'$.seq' AS seq FROM alert_log WHERE trace_id = 'UTC'",
    );
    assert.deepEqual(
      { ...alert },
      {
        created_at: "2026-02-28 12:00:00.007",
        shelved_until: "1969-12-31 23:59:59.999",
        seq: "812",
      },
    );
    const device = await databases.row(
      database,
      "SELECT status, rated_temp_max, rated_current_max FROM device_registry WHERE device_id = 'PUMP_UTC'",
    );
    const derived = { status: "RUNNING", rated_temp_max: 95, rated_current_max: null };
    assert.deepEqual({ ...device }, derived);
  });

  it("finds words inside words of the knowledge base in Chinese and English", async () => {
    const [entry] = seedEntries;
    assert.ok(entry !== undefined);
    const pattern = { zh: "驱动端轴承磨损", en: "Drive end bearing wear" };
    await store.transaction((tx) =>
      tx.insert("maintenance_kb", { ...entry, kbId: "K1", faultPattern: pattern, createdAt: noon }),
    );
    const found = async (words: string, mode: string): Promise<unknown> => {
      const match = `match (search_text) against ('${words}' in ${mode} mode)`;
      const sql = `SELECT count(*) AS found FROM maintenance_kb WHERE ${match}`;
      return (await databases.row(database, sql))["found"];
    };
    assert.equal(await found("轴承", "boolean"), 1);
    assert.equal(await found("轴承磨损", "natural language"), 1);
    assert.equal(await found("Bearing", "boolean"), 1);
    assert.equal(await found("齿轮箱漏油", "boolean"), 0);
  });

  it("refuses a text that is longer than its column and stores nothing", async () => {
    const long = store.transaction(async (tx) => {
      await tx.insert("history", aHistoryRow("LONG"));
      await tx.insert("counter", { name: "x".repeat(256), value: 1 });
    });
    await assert.rejects(long, (failure) => isCode(failure, "INVALID_REQUEST"));
    const rows = await store.read((tx) => tx.count("history", { where: { historyId: "LONG" } }));
    assert.equal(rows, 0);
  });

  it("names its own tool where a backup is asked for", async () => {
    await assert.rejects(store.backup("/tmp/x"), (failure) => isCode(failure, "UNSUPPORTED"));
  });

  it("knows the size of its data", async () => {
    const { schemaVersion, bytes } = await store.health();
    assert.ok(schemaVersion >= 1);
    assert.ok(bytes !== null && bytes > 100_000, String(bytes));
  });

  it("hands out dense numbers to eight transactions at a time in each of two processes", async () => {
    const child = startCounting(database, 100);
    const numbers = await Promise.all(
      Array.from({ length: 100 }, () => store.transaction((tx) => tx.next("sum"))),
    );
    let printed = "";
    for await (const chunk of child.stdout) printed += String(chunk);
    if (child.exitCode === null) await once(child, "exit");
    assert.equal(child.exitCode, 0);
    const all = [...numbers, ...printed.trim().split("\n").map(Number)].sort((a, b) => a - b);
    assert.deepEqual(
      all,
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    const row = await store.read((tx) => tx.find("counter", { name: "sum" }));
    assert.equal(row?.value, 200);
  });
});

/** A process of its own that counts `sum` up, all transactions at once, and prints every committed number. */
const counting = `
  import { openMysqlRecordStore } from ${JSON.stringify(new URL("./mysql-record-store.ts", import.meta.url).href)};
  import { mysqlRecordStoreConfig } from ${JSON.stringify(new URL("./config.ts", import.meta.url).href)};
  import { systemClock } from ${JSON.stringify(new URL("../../../kernel/clock.ts", import.meta.url).href)};
  import { silentLog } from ${JSON.stringify(new URL("../../../kernel/log.ts", import.meta.url).href)};
  const [options, times] = process.argv.slice(1);
  const config = mysqlRecordStoreConfig.parse(JSON.parse(options));
  const store = await openMysqlRecordStore(config, { clock: systemClock, log: silentLog });
  const one = async () => console.log(await store.transaction((tx) => tx.next("sum")));
  await Promise.all(Array.from({ length: Number(times) }, one));
  await store.close();
`;

function startCounting(database: string, times: number) {
  const options = JSON.stringify({ kind: "mysql", port, password, database });
  return spawn(
    process.execPath,
    ["--input-type=module-typescript", "-e", counting, options, String(times)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}
