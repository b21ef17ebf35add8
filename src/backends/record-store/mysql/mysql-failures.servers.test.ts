import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RowDataPacket } from "mysql2";
import { createHeardLog } from "../../../../test/fixtures/heard-log.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aHistoryRow } from "../../../../test/fixtures/record-rows.ts";
import { type Databases, databasesOf } from "../../../../test/servers/mysql/databases.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { type MysqlRecordStoreConfig, mysqlRecordStoreConfig } from "./config.ts";
import { MysqlFailure } from "./errors.ts";
import { openMysqlRecordStore } from "./mysql-record-store.ts";

describe("records in MySQL that fails", () => {
  let mysql: ServerHandle;
  let databases: Databases;
  let database: string;
  before(async () => {
    mysql = await startServer("mysql");
    databases = databasesOf(mysql);
    database = await databases.empty();
  });
  after(() => mysql.stop());

  async function open(options: Partial<MysqlRecordStoreConfig> = {}) {
    const { port, password } = mysql.connection;
    const config = mysqlRecordStoreConfig.parse({
      ...{ kind: "mysql", port, password, database, openTimeoutMs: 0 },
      ...options,
    });
    const log = createHeardLog();
    return { store: await openMysqlRecordStore(config, { clock: systemClock, log }), log };
  }

  const addOne = async (tx: RecordTransaction, name: string): Promise<void> => {
    const row = await tx.find("counter", { name });
    await tx.update("counter", { name }, { value: (row?.value ?? 0) + 1 });
  };
  const insertCounters = (store: RecordStore, names: readonly string[]): Promise<unknown> =>
    store.transaction((tx) =>
      Promise.all(names.map((name) => tx.insert("counter", { name, value: 0 }))),
    );
  const numberOf = async (store: RecordStore, name: string): Promise<number | undefined> =>
    (await store.read((tx) => tx.find("counter", { name })))?.value;
  const hasHistory = (store: RecordStore, ids: readonly string[]): Promise<readonly string[]> =>
    store.read(async (tx) => {
      const where = { historyId: { in: ids } };
      const rows = await tx.list("history", { where, orderBy: [["historyId", "asc"]] });
      return rows.map((row) => row.historyId);
    });
  const isUnreachable = (failure: unknown): boolean => isCode(failure, "RECORDS_UNREACHABLE");
  const outcomeOf = (failure: unknown): string => {
    assert.ok(failure instanceof IaiError && failure.cause instanceof MysqlFailure);
    return failure.cause.outcome;
  };

  it("runs a transaction again that a dead lock has undone, and stores the effects of each once", async () => {
    const { store, log } = await open();
    await insertCounters(store, ["A", "B"]);
    const holding = [createGate(), createGate()] as const;
    let runs = 0;
    const cross = (mine: 0 | 1, first: string, second: string): Promise<boolean> =>
      store.transaction(async (tx) => {
        runs += 1;
        await addOne(tx, first);
        holding[mine].open();
        await holding[mine === 0 ? 1 : 0].opened;
        // The second statement is on its way already when the first one dies: it must not stand alone.
        const [, inserted] = await Promise.all([
          addOne(tx, second),
          tx.insert("history", aHistoryRow(`dead-lock-${mine}`)),
        ]);
        return inserted;
      });
    const inserted = await Promise.all([cross(0, "A", "B"), cross(1, "B", "A")]);
    assert.equal(runs, 3);
    assert.deepEqual(inserted, [true, true]);
    assert.deepEqual([await numberOf(store, "A"), await numberOf(store, "B")], [2, 2]);
    assert.equal((await log.heard("records.repeated"))["attempt"], 1);
    await store.close();
  });

  it("runs a transaction again also when its work has swallowed the dead lock", async () => {
    const { store } = await open();
    await insertCounters(store, ["C", "D"]);
    const holding = [createGate(), createGate()] as const;
    const cross = (mine: 0 | 1, first: string, second: string): Promise<void> =>
      store.transaction(async (tx) => {
        await addOne(tx, first);
        holding[mine].open();
        await holding[mine === 0 ? 1 : 0].opened;
        await addOne(tx, second).catch(() => {
          throw new Error("the work's own words");
        });
      });
    await Promise.all([cross(0, "C", "D"), cross(1, "D", "C")]);
    assert.deepEqual([await numberOf(store, "C"), await numberOf(store, "D")], [2, 2]);
    await store.close();
  });

  it("runs a transaction again whose row others held for too long, and says so when they never let go", async () => {
    const { store, log } = await open({ lockWaitS: 1, attemptsMax: 2 });
    await insertCounters(store, ["held"]);
    await databases.asUser(database, async (holder) => {
      await holder.beginTransaction();
      await holder.query("UPDATE counter SET value = 10 WHERE name = 'held'");
      const waiting = store.transaction((tx) => addOne(tx, "held"));
      await log.heard("records.repeated");
      await holder.commit();
      await waiting;
      assert.equal(await numberOf(store, "held"), 11);

      await holder.beginTransaction();
      await holder.query("UPDATE counter SET value = 20 WHERE name = 'held'");
      const refused = store.transaction((tx) => addOne(tx, "held"));
      await assert.rejects(refused, (failure) => isCode(failure, "RECORDS_BUSY"));
      // Reads never wait for a writer.
      assert.equal(await numberOf(store, "held"), 11);
      await holder.rollback();
    });
    await store.close();
  });

  it("runs a transaction again whose connection was ended before the commit", async () => {
    const { store } = await open();
    let runs = 0;
    await store.transaction(async (tx) => {
      runs += 1;
      await tx.insert("history", aHistoryRow("cut"));
      if (runs === 1) await endConnections(databases);
      await tx.insert("history", aHistoryRow("cut-2"));
    });
    assert.equal(runs, 2);
    assert.deepEqual(await hasHistory(store, ["cut", "cut-2"]), ["cut", "cut-2"]);
    await store.close();
  });

  it("does not notice that its idle connections were ended", async () => {
    const { store } = await open();
    await insertCounters(store, ["idle"]);
    assert.equal(await numberOf(store, "idle"), 0);
    await endConnections(databases);
    assert.equal(await numberOf(store, "idle"), 0);
    await store.transaction((tx) => addOne(tx, "idle"));
    assert.equal(await numberOf(store, "idle"), 1);
    await store.close();
  });

  it("keeps what was committed and nothing of what was open when MySQL is killed, and goes on when it is back", async () => {
    const { store } = await open();
    await store.transaction((tx) => tx.insert("history", aHistoryRow("kill-1")));
    const [begun, goOn] = [createGate(), createGate()];
    const interrupted = store.transaction(async (tx) => {
      await tx.insert("history", aHistoryRow("kill-2"));
      begun.open();
      await goOn.opened;
      await tx.insert("history", aHistoryRow("kill-3"));
    });
    await begun.opened;
    await mysql.kill();
    goOn.open();
    await assert.rejects(interrupted, isUnreachable);
    await assert.rejects(
      store.read((tx) => tx.count("history", {})),
      isUnreachable,
    );
    await assert.rejects(store.health(), isUnreachable);

    await mysql.restart();
    await store.transaction((tx) => tx.insert("history", aHistoryRow("kill-4")));
    const ids = await hasHistory(store, ["kill-1", "kill-2", "kill-3", "kill-4"]);
    assert.deepEqual(ids, ["kill-1", "kill-4"]);
    await store.close();
  });

  it("loses no acknowledged number and gives none twice while MySQL is killed under load", async () => {
    const { store } = await open();
    const numbers: number[] = [];
    const [warm, isOver] = [createGate(), { now: false }];
    const count = async (): Promise<void> => {
      while (!isOver.now) {
        try {
          numbers.push(await store.transaction((tx) => tx.next("load")));
          if (numbers.length === 50) warm.open();
        } catch (failure) {
          isUnreachable(failure);
        }
      }
    };
    const counting = Array.from({ length: 8 }, count);
    await warm.opened;
    await mysql.kill();
    await mysql.restart();
    const before = numbers.length;
    while (numbers.length < before + 50) await new Promise((resolve) => setImmediate(resolve));
    isOver.now = true;
    await Promise.all(counting);
    assert.equal(new Set(numbers).size, numbers.length);
    const last = (await numberOf(store, "load")) ?? 0;
    assert.ok(last >= Math.max(...numbers), `${last} of ${Math.max(...numbers)}`);
    // A commit whose answer was lost has taken its number: at most one for each connection.
    assert.ok(last - numbers.length <= 8, `${last} given, ${numbers.length} acknowledged`);
    await store.close();
  });

  it("gives up a MySQL that does not answer, and does not repeat a commit of which it knows no outcome", async () => {
    const { store } = await open({ statementTimeoutMs: 300, connectTimeoutMs: 300 });
    let runs = 0;
    const committing = store.transaction(async (tx) => {
      runs += 1;
      await tx.insert("history", aHistoryRow("frozen"));
      mysql.freeze();
    });
    const failure = await committing.catch((reason: unknown) => reason);
    isUnreachable(failure);
    assert.equal(outcomeOf(failure), "unknown");
    assert.equal(runs, 1);
    const asked = await store
      .read((tx) => tx.count("history", {}))
      .catch((reason: unknown) => reason);
    isUnreachable(asked);
    assert.equal(outcomeOf(asked), "away");

    mysql.thaw();
    // It was under way, and MySQL carried it out.
    while ((await hasHistory(store, ["frozen"])).length === 0);
    await store.close();
  });

  it("fails while MySQL takes no changes, and goes on when it does", async () => {
    const { store } = await open({ attemptsMax: 2 });
    const readOnly = (on: 0 | 1): Promise<unknown> =>
      databases.asRoot((root) => root.query(`SET GLOBAL super_read_only = ${on}`));
    await readOnly(1);
    const insert = () => store.transaction((tx) => tx.insert("history", aHistoryRow("replica")));
    await assert.rejects(insert(), isUnreachable);
    await databases.asRoot((root) => root.query("SET GLOBAL read_only = 0"));
    assert.equal(await insert(), true);
    await store.close();
  });

  it("waits at the start for a MySQL that comes later, as long as it was told to", async () => {
    await mysql.kill();
    await assert.rejects(open(), isUnreachable);
    const { port, password } = mysql.connection;
    const log = createHeardLog();
    const config = mysqlRecordStoreConfig.parse({
      ...{ kind: "mysql", port, password, database, openTimeoutMs: 60_000 },
    });
    const opening = openMysqlRecordStore(config, { clock: systemClock, log });
    await log.heard("records.awaited");
    await mysql.restart();
    await (await opening).close();
  });

  it("is refused at once with a wrong password, without rights, and where there is no such database", async () => {
    const wrong = [{ password: "guessed" }, { database: "mysql" }, { database: "iai_none" }];
    for (const options of wrong) {
      const opening = open({ ...options, openTimeoutMs: 60_000 });
      await assert.rejects(opening, (failure) => isCode(failure, "RECORDS_DENIED"));
    }
  });

  it("works over TLS with the plant's own authority, and never with one it does not know", async () => {
    const tlsCaFile = String(mysql.connection["caFile"]);
    const require = (what: "SSL" | "NONE"): Promise<unknown> =>
      databases.asRoot((root) => root.query(`ALTER USER iai REQUIRE ${what}`));
    await require("SSL");
    try {
      const isDenied = (failure: unknown): boolean => isCode(failure, "RECORDS_DENIED");
      await assert.rejects(open(), isDenied);
      await assert.rejects(open({ host: "localhost", tls: true }), isDenied);
      const { store } = await open({ host: "localhost", tls: true, tlsCaFile });
      await insertCounters(store, ["tls"]);
      assert.equal(await numberOf(store, "tls"), 0);
      await store.close();
    } finally {
      await require("NONE");
    }
  });

  it("refuses more transactions than may wait, and those that come after its end", async () => {
    const { store } = await open({ writeConnections: 1, waitingMax: 1 });
    const [begun, goOn] = [createGate(), createGate()];
    const first = store.transaction(async (tx) => {
      await tx.next("full");
      begun.open();
      await goOn.opened;
    });
    await begun.opened;
    const second = store.transaction((tx) => tx.next("full"));
    const third = store.transaction((tx) => tx.next("full"));
    await assert.rejects(third, (failure) => isCode(failure, "QUEUE_FULL"));
    goOn.open();
    await first;
    assert.equal(await second, 2);
    await store.close();
    const late = store.transaction((tx) => tx.next("full"));
    await assert.rejects(late, (failure) => isCode(failure, "SHUTTING_DOWN"));
  });
});

function createGate(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

/** As a firewall or an administrator does it. */
async function endConnections(databases: Databases): Promise<void> {
  await databases.asRoot(async (root) => {
    const sql = "SELECT id FROM information_schema.processlist WHERE user = 'iai'";
    const [rows] = await root.query<RowDataPacket[]>(sql);
    for (const row of rows) await root.query(`KILL ${Number(row["id"] ?? row["ID"])}`);
  });
}
