import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { testRecordStore } from "../../../../test/contract/record-store.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aDevice, aHistoryRow } from "../../../../test/fixtures/record-rows.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { TableName } from "../../../model/records.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import { recordCatalogue } from "../../../wire/record-catalogue.ts";
import type { Migration, Step } from "../sql/migrations/migration.ts";
import { migrations } from "../sql/migrations/migrations.ts";
import { describeTables } from "../sql/tables.ts";
import { sqliteDialect } from "./dialect.ts";
import { migrate, schemaVersionOf } from "./migrate.ts";
import { openSqliteRecordStore } from "./sqlite-record-store.ts";

const folder = temporaryFolder("records");
let files = 0;
const newPath = (): string => join(folder, `records-${++files}.db`);
const openAt = (path: string): Promise<RecordStore> =>
  openSqliteRecordStore({ path, clock: systemClock, log: silentLog });

testRecordStore({ name: "sqlite", open: () => openAt(newPath()) });

/** A process of its own that counts `sum` up, one transaction each, and prints every committed number. */
const counting = `
  import { openSqliteRecordStore } from ${JSON.stringify(new URL("./sqlite-record-store.ts", import.meta.url).href)};
  import { systemClock } from ${JSON.stringify(new URL("../../../kernel/clock.ts", import.meta.url).href)};
  import { silentLog } from ${JSON.stringify(new URL("../../../kernel/log.ts", import.meta.url).href)};
  const [path, times] = process.argv.slice(1);
  const store = await openSqliteRecordStore({ path, clock: systemClock, log: silentLog });
  for (let i = 0; i < Number(times); i += 1) {
    const number = await store.transaction(async (tx) => {
      const number = await tx.next("sum");
      const row = { historyId: "A" + number, subject: "alert", subjectId: "S", at: number, actor: "child",
        action: "count", reason: null, detail: {} };
      await tx.insert("history", row);
      await tx.insert("history", { ...row, historyId: "B" + number });
      return number;
    });
    process.stdout.write(number + "\\n");
  }
  await store.close();
`;
const startCounting = (path: string, times: number) =>
  spawn(process.execPath, ["--input-type=module-typescript", "-e", counting, path, String(times)], {
    stdio: ["ignore", "pipe", "inherit"],
  });

describe("sqlite record store", () => {
  it("has exactly the columns of the catalogue, and those derived for people who read the SQL", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db);
    for (const table of Object.keys(recordCatalogue) as TableName[]) {
      const found = db.prepare(`PRAGMA table_info(${table})`).all();
      const names = found.map((column) => String(column["name"]));
      const derived = [
        "rated_current_max",
        "rated_pressure_max",
        "rated_temp_max",
        "rated_vibration_max",
        "status",
      ];
      const wanted = describeTables(sqliteDialect)[table].columns.map((column) => column.name);
      if (table === "device_registry") wanted.push(...derived);
      assert.deepEqual(names.sort(), wanted.sort(), table);
    }
    db.close();
  });

  it("derives rated limits and status of a device, also when only one of them changes", async () => {
    const path = newPath();
    const store = await openAt(path);
    await store.transaction((tx) => tx.insert("device_registry", aDevice("PUMP_01")));
    await store.transaction((tx) =>
      tx.update("device_registry", { deviceId: "PUMP_01" }, { mode: "MAINTENANCE" }),
    );
    await store.close();
    const db = new DatabaseSync(path);
    const row = db
      .prepare("SELECT status, rated_temp_max, rated_current_max FROM device_registry")
      .get();
    db.close();
    assert.deepEqual(
      { ...row },
      { status: "MAINTENANCE", rated_temp_max: 95, rated_current_max: null },
    );
  });

  it("keeps its file from other users", async () => {
    const path = newPath();
    const store = await openAt(path);
    await store.close();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("refuses the records of a newer program and changes nothing", async () => {
    const path = newPath();
    await (await openAt(path)).close();
    const db = new DatabaseSync(path);
    db.exec("INSERT INTO schema_version VALUES (999, 'from the future')");
    await assert.rejects(openAt(path), (failure) => isCode(failure, "RECORDS_NEWER"));
    assert.equal(schemaVersionOf(db), 999);
    db.close();
  });

  it("migrates not at all when a migration fails half-way", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db);
    const half: Step = { add: "table", name: "half", columns: { a: "word" }, key: ["a"] };
    const broken = { version: migrations.length + 1, name: "broken", steps: [half, half] };
    assert.throws(() => migrate(db, [...migrations, broken]));
    assert.equal(schemaVersionOf(db), migrations.length);
    const found = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'").get();
    assert.equal(found?.["n"], 0);
    db.close();
  });

  it("adds and drops columns and indexes of a table that has rows", () => {
    const db = new DatabaseSync(":memory:");
    const first: Migration = {
      version: 1,
      name: "first",
      steps: [{ add: "table", name: "pump", columns: { id: "word", old: "text?" }, key: ["id"] }],
    };
    migrate(db, [first]);
    db.exec("INSERT INTO pump VALUES ('P1', 'x')");
    const second: Migration = {
      version: 2,
      name: "second",
      steps: [
        { add: "column", table: "pump", name: "flow", type: "real?" },
        { add: "index", table: "pump", name: "pump_flow", columns: ["flow"] },
        { drop: "column", table: "pump", name: "old" },
      ],
    };
    migrate(db, [first, second]);
    assert.equal(schemaVersionOf(db), 2);
    assert.deepEqual({ ...db.prepare("SELECT * FROM pump").get() }, { id: "P1", flow: null });
    db.close();
  });

  it("says that a file which is no database is damaged", async () => {
    const path = newPath();
    writeFileSync(path, "this is not a database, however long it may be".repeat(100));
    await assert.rejects(openAt(path), (failure) => isCode(failure, "RECORDS_CORRUPT"));
  });

  it("backs up everything that was committed into one file, and overwrites none", async () => {
    const store = await openAt(newPath());
    await store.transaction((tx) => tx.insert("history", aHistoryRow("H1")));
    const target = newPath();
    await store.backup(target);
    await assert.rejects(store.backup(target), (failure) => isCode(failure, "CONFLICT"));
    await store.close();
    const copy = await openAt(target);
    assert.equal(await copy.read((tx) => tx.count("history", {})), 1);
    await copy.close();
  });

  it("shares its file with another process: no number is lost, none given twice", async () => {
    const path = newPath();
    const store = await openAt(path);
    const child = startCounting(path, 100);
    for (let i = 0; i < 100; i += 1) await store.transaction((tx) => tx.next("sum"));
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    assert.equal(await store.transaction((tx) => tx.next("sum")), 201);
    await store.close();
  });

  it("keeps every committed transaction of a killed process whole, and nothing of the open one", async () => {
    const path = newPath();
    for (const kills of [1, 7, 30]) {
      const child = startCounting(path, 1_000_000);
      let printed = "";
      for await (const chunk of child.stdout) {
        printed += String(chunk);
        if (printed.split("\n").length > kills) break;
      }
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      const store = await openAt(path);
      const acknowledged = Number(printed.trimEnd().split("\n").at(-1));
      const sum = (await store.read((tx) => tx.find("counter", { name: "sum" })))?.value ?? 0;
      const rows = await store.read((tx) => tx.count("history", {}));
      assert.ok(acknowledged >= kills);
      assert.ok(sum >= acknowledged, `${sum} of ${acknowledged}`);
      assert.equal(rows, 2 * sum);
      await store.close();
    }
  });
});
