import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aHistoryRow } from "../../../../test/fixtures/record-rows.ts";
import { type Databases, databasesOf } from "../../../../test/servers/mysql/databases.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import { recordCatalogue } from "../../../wire/record-catalogue.ts";
import type { Migration } from "../sql/migrations/migration.ts";
import { migrations } from "../sql/migrations/migrations.ts";
import { mysqlRecordStoreConfig } from "./config.ts";
import { openMysqlRecordStore } from "./mysql-record-store.ts";
import { changesOf } from "./schema.ts";

const first: Migration = {
  version: 1,
  name: "first",
  steps: [
    {
      add: "table",
      name: "pump",
      columns: { id: "word", old: "text?", name: "json" },
      key: ["id"],
    },
  ],
};
const second: Migration = {
  version: 2,
  name: "second",
  steps: [
    { add: "column", table: "pump", name: "flow", type: "real?" },
    { add: "index", table: "pump", name: "pump_flow", columns: ["flow"] },
    { add: "full text", table: "pump", name: "pump_text", columns: ["name"] },
    { add: "table", name: "valve", columns: { id: "word" }, key: ["id"], unique: ["id"] },
    { drop: "column", table: "pump", name: "old" },
  ],
};

describe("migration of MySQL", () => {
  let mysql: ServerHandle;
  let databases: Databases;
  before(async () => {
    mysql = await startServer("mysql");
    databases = databasesOf(mysql);
  });
  after(() => mysql.stop());

  const optionsOf = (database: string) => {
    const { port, password } = mysql.connection;
    return { kind: "mysql", port, password, database, openTimeoutMs: 0 };
  };
  const openIn = (database: string, known = migrations): Promise<RecordStore> =>
    openMysqlRecordStore(mysqlRecordStoreConfig.parse(optionsOf(database)), {
      ...{ clock: systemClock, log: silentLog, migrations: known },
    });
  const tablesIn = async (database: string): Promise<number> => {
    const sql =
      "SELECT count(*) AS found FROM information_schema.tables WHERE table_schema = database()";
    return Number((await databases.row(database, sql))["found"]);
  };
  const migrateIn = async (database: string, known: readonly Migration[]): Promise<void> => {
    await (await openIn(database, known)).close();
  };
  const assertComplete = async (database: string): Promise<void> => {
    const store = await openIn(database);
    assert.equal(await tablesIn(database), Object.keys(recordCatalogue).length + 1);
    assert.equal((await store.health()).schemaVersion, migrations.length);
    const insert = store.transaction((tx) => tx.insert("history", aHistoryRow("H1")));
    assert.equal(await insert, true);
    await store.close();
  };

  it("is done once by processes that start at the same time", async () => {
    const database = await databases.empty();
    const stores = await Promise.all([openIn(database), openIn(database), openIn(database)]);
    for (const store of stores) await store.close();
    await assertComplete(database);
  });

  it("goes on where it ended when its process was killed", async () => {
    for (const tables of [1, 12]) {
      const database = await databases.empty();
      const child = startMigrating(optionsOf(database));
      while ((await tablesIn(database)) < tables && child.exitCode === null);
      child.kill("SIGKILL");
      if (child.signalCode === null) await once(child, "exit");
      assert.ok((await tablesIn(database)) < Object.keys(recordCatalogue).length, `${tables}`);
      await assertComplete(database);
    }
  });

  it("goes on where it ended when MySQL was killed", async () => {
    const database = await databases.empty();
    const migrating = assert.rejects(openIn(database), (failure) =>
      isCode(failure, "RECORDS_UNREACHABLE"),
    );
    while ((await tablesIn(database)) < 5);
    await mysql.kill();
    await migrating;
    await mysql.restart();
    await assertComplete(database);
  });

  it("changes a table that has rows, whichever of its changes were made before", async () => {
    const changes = second.steps.flatMap(changesOf);
    for (let made = 0; made <= changes.length; made += 1) {
      const database = await databases.empty();
      await migrateIn(database, [first]);
      await databases.asUser(database, async (client) => {
        await client.query(`INSERT INTO pump VALUES ('P1', 'x', '{"zh":"轴承磨损","en":"wear"}')`);
        for (const change of changes.slice(0, made)) await client.query(change.sql);
      });
      await migrateIn(database, [first, second]);
      const columns = await databases.row(
        database,
        "SELECT id, flow, search_text, (SELECT max(version) FROM schema_version) AS version FROM pump",
      );
      const wanted = { id: "P1", flow: null, search_text: "轴承磨损 wear", version: 2 };
      assert.deepEqual({ ...columns }, wanted);
      const found = await databases.row(
        database,
        `SELECT (SELECT count(*) FROM pump WHERE match (search_text) against ('轴承')) AS pumps,
           (SELECT count(DISTINCT index_name) FROM information_schema.statistics
             WHERE table_schema = database() AND table_name = 'pump') AS indexes,
           (SELECT count(*) FROM information_schema.columns
             WHERE table_schema = database() AND table_name = 'pump' AND column_name = 'old') AS old`,
      );
      assert.deepEqual({ ...found }, { pumps: 1, indexes: 3, old: 0 });
    }
  });

  it("refuses the records of a newer program and changes nothing", async () => {
    const database = await databases.empty();
    await migrateIn(database, [first, second]);
    await assert.rejects(openIn(database, [first]), (failure) => isCode(failure, "RECORDS_NEWER"));
    const { version } = await databases.row(
      database,
      "SELECT max(version) AS version FROM schema_version",
    );
    assert.equal(version, 2);
  });
});

/** A process of its own that opens the records, and with that makes their tables. */
function startMigrating(options: Readonly<Record<string, unknown>>) {
  const href = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { openMysqlRecordStore } from ${href("./mysql-record-store.ts")};
    import { mysqlRecordStoreConfig } from ${href("./config.ts")};
    import { systemClock } from ${href("../../../kernel/clock.ts")};
    import { silentLog } from ${href("../../../kernel/log.ts")};
    const config = mysqlRecordStoreConfig.parse(JSON.parse(process.argv[1]));
    await openMysqlRecordStore(config, { clock: systemClock, log: silentLog });
  `;
  return spawn(
    process.execPath,
    ["--input-type=module-typescript", "-e", script, JSON.stringify(options)],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
}
