import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mysqlRecordStoreConfig } from "../../../src/backends/record-store/mysql/config.ts";
import { openMysqlRecordStore } from "../../../src/backends/record-store/mysql/mysql-record-store.ts";
import { openSqliteRecordStore } from "../../../src/backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { RecordStore, RecordTransaction } from "../../../src/ports/record-store.ts";
import { aDevice, aHistoryRow, anAlertRow, noon } from "../../fixtures/record-rows.ts";
import { startServer } from "../server-handle.ts";

// Measures the record stores by themselves: node test/servers/mysql/measure-records.ts [seconds a case] [sqlite|mysql]
const seconds = Number(process.argv[2] ?? 2);
const only = process.argv[3];

interface Case {
  readonly name: string;
  /** Statements of one round, BEGIN and COMMIT not counted. */
  readonly statements: number;
  readonly work: (store: RecordStore, lane: number) => Promise<unknown>;
}

const log = { durability: "log" } as const;
let count = 0;
const next = (): string => {
  count += 1;
  return `H${count}`;
};

/** What an alarm transition does: position and device, alert row, history, position. */
async function transition(tx: RecordTransaction, lane: number): Promise<void> {
  const key = `K${lane}`;
  await Promise.all([
    tx.find("consumer_position", { consumer: "c", key }),
    tx.find("device_registry", { deviceId: `PUMP_${lane}` }),
  ]);
  await tx.insert("history", aHistoryRow(next()));
  await tx.update(
    "alert_log",
    { traceId: `T${lane}` },
    anAlertRow(`T${lane}`, { attempts: count }),
  );
  const position = { consumer: "c", key, position: count, updatedAt: noon };
  await tx.update("consumer_position", { consumer: "c", key }, position);
}

const cases: readonly Case[] = [
  {
    name: "read: find a device",
    statements: 1,
    work: (store) => store.read((tx) => tx.find("device_registry", { deviceId: "PUMP_1" })),
  },
  {
    name: "read: list 10 alerts",
    statements: 1,
    work: (store) =>
      store.read((tx) =>
        tx.list("alert_log", {
          where: { deviceId: "PUMP_01", openedAt: { gte: noon } },
          orderBy: [["openedAt", "desc"]],
          limit: 10,
        }),
      ),
  },
  {
    name: "transaction: next number",
    statements: 1,
    work: (store, lane) => store.transaction((tx) => tx.next(`n${lane}`)),
  },
  {
    name: "transaction: 20 inserts",
    statements: 20,
    work: (store) =>
      store.transaction((tx) =>
        Promise.all(Array.from({ length: 20 }, () => tx.insert("history", aHistoryRow(next())))),
      ),
  },
  {
    name: "transaction: alarm transition",
    statements: 5,
    work: (store, lane) => store.transaction((tx) => transition(tx, lane)),
  },
];

async function fill(store: RecordStore): Promise<void> {
  await store.transaction(async (tx) => {
    for (let i = 0; i < 200; i += 1) {
      const status = "COMPLETED";
      await tx.insert("alert_log", anAlertRow(`T${i}`, { openedAt: noon + i, status }));
    }
    for (let i = 0; i < 16; i += 1) {
      await tx.insert("device_registry", aDevice(`PUMP_${i}`));
      const row = { consumer: "c", key: `K${i}`, position: 1, updatedAt: noon };
      await tx.insert("consumer_position", row);
    }
  }, log);
}

async function measure(store: RecordStore, one: Case, lanes: number): Promise<string> {
  let rounds = 0;
  let until = performance.now() + 300;
  const run = async (_: unknown, lane: number): Promise<void> => {
    while (performance.now() < until) {
      await one.work(store, lane);
      rounds += 1;
    }
  };
  const all = () => Promise.all(Array.from({ length: lanes }, run));
  await all(); // Warm.
  rounds = 0;
  const before = process.threadCpuUsage();
  const startedAt = performance.now();
  until = startedAt + seconds * 1_000;
  await all();
  const tookS = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.threadCpuUsage(before);
  const cpuUs = (user + system) / (rounds * one.statements);
  const perS = (rounds * one.statements) / tookS;
  return `${String(Math.round(perS)).padStart(8)} ${cpuUs.toFixed(1).padStart(8)}`;
}

async function measureAll(name: string, store: RecordStore): Promise<void> {
  await fill(store);
  console.log(`\n${name.padEnd(32)}  1 at a time: /s, µs CPU    8 at a time: /s, µs CPU`);
  for (const one of cases) {
    const alone = await measure(store, one, 1);
    const together = await measure(store, one, 8);
    console.log(`${one.name.padEnd(40)}${alone}          ${together}`);
  }
  await store.close();
}

const deps = { clock: systemClock, log: silentLog };
if (only !== "mysql") {
  const folder = mkdtempSync(join(tmpdir(), "iai-measure-"));
  await measureAll(
    "SQLite",
    await openSqliteRecordStore({ path: join(folder, "records.db"), ...deps }),
  );
  rmSync(folder, { recursive: true });
}
if (only !== "sqlite") {
  const server = await startServer("mysql");
  try {
    const { port, password } = server.connection;
    const config = mysqlRecordStoreConfig.parse({ kind: "mysql", port, password });
    await measureAll(`MySQL ${server.version}`, await openMysqlRecordStore(config, deps));
  } finally {
    await server.stop();
  }
}
