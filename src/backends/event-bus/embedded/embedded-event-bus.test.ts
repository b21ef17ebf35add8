import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { aRecord, eventBusContract, take, textOf } from "../../../../test/contract/event-bus.ts";
import { SimulatedClock, systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { embeddedEventBusConfig } from "./config.ts";
import type { DiskSpace } from "./disk-guard.ts";
import {
  type EmbeddedEventBus,
  type EmbeddedEventBusDeps,
  openEmbeddedEventBus,
} from "./embedded-event-bus.ts";
import { follow, LogEnd, LogFile } from "./log-follower.ts";

const GIB = 1024 ** 3;
const roomy: DiskSpace = { freeBytes: 100 * GIB, totalBytes: 200 * GIB };

function openBus(
  dataDir: string,
  config: Record<string, unknown> = {},
  deps: Partial<EmbeddedEventBusDeps> = {},
): Promise<EmbeddedEventBus> {
  return openEmbeddedEventBus({
    dataDir,
    clock: systemClock,
    log: silentLog,
    config: embeddedEventBusConfig.parse({ reserveBytes: 0, ...config }),
    diskSpace: async () => roomy,
    ...deps,
  });
}

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), "iai-log-"));

eventBusContract(
  "embedded",
  async () => {
    const dataDir = await temporary();
    let space = roomy;
    const clock = new SimulatedClock(1_000_000);
    const deps = { clock, diskSpace: async () => space };
    // A simulated clock does not move while requests are collected.
    const config = {
      collectMs: 0,
      maxBytes: 400_000,
      retainBytes: 400_000,
      retentionMs: 3_600_000,
    };
    let bus = await openBus(dataDir, config, deps);
    return {
      bus,
      reopen: async () => {
        await bus.close();
        bus = await openBus(dataDir, config, deps);
        return bus;
      },
      refuse: async (code) => {
        if (code === "STORAGE_LOW") {
          space = { freeBytes: 1, totalBytes: 200 * GIB };
          await clock.advance(1_000);
          return async () => {
            space = roomy;
            await untilAccepting(bus, clock);
          };
        }
        const filler = Buffer.alloc(370_000);
        await bus.publish([{ topic: "alerts", key: "filler", value: filler }]);
        await bus.publish([{ topic: "alerts", key: "filler", value: Buffer.alloc(20_000) }]);
        return async () => {
          // The filler is confirmed and the size bound lets it go early.
          const { bytes } = await bus.health();
          assert.ok(bytes >= 400_000);
          await bus.confirm("test", { "0": 4 });
          await untilAccepting(bus, clock);
        };
      },
      dispose: async () => {
        await bus.close();
        await rm(dataDir, { recursive: true });
      },
    };
  },
  { gaps: {} },
);

async function untilAccepting(bus: EmbeddedEventBus, clock: SimulatedClock): Promise<void> {
  while ((await bus.health()).refusing !== null) await clock.advance(1_000);
}

async function untilGone(path: string): Promise<void> {
  while ((await stat(path).catch(() => null)) !== null);
}

describe("the embedded log", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await temporary();
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it("shares commits between concurrent requests", async () => {
    const bus = await openBus(dataDir);
    await Promise.all(Array.from({ length: 500 }, (_, i) => bus.publish([aRecord(i)])));
    await bus.close();
    const db = new DatabaseSync(join(dataDir, "log.db"), { readOnly: true });
    const rows = Number(db.prepare(`SELECT count(*) AS n FROM "commit"`).get()?.["n"]);
    db.close();
    assert.ok(rows <= 20, `${rows} commits for 500 requests`);
  });

  it("refuses with QUEUE_FULL beyond its bound and keeps what it took", async () => {
    const bus = await openBus(dataDir, { pendingBytes: 10_000 });
    const value = Buffer.alloc(4_000);
    const offers = await Promise.allSettled(
      Array.from({ length: 5 }, () => bus.publish([{ topic: "alerts", key: "k", value }])),
    );
    const failed = offers.filter((offer) => offer.status === "rejected");
    assert.equal(failed.length, 3);
    assert.ok(
      failed.every(({ reason }) => reason instanceof IaiError && reason.code === "QUEUE_FULL"),
    );
    assert.equal((await take(bus, 2)).records.length, 2);
    await bus.close();
  });

  it("deletes by age only what every group has confirmed, also after a restart", async () => {
    const clock = new SimulatedClock(1_000_000);
    const config = { retentionMs: 1_000 };
    let bus = await openBus(dataDir, config, { clock });
    for (let i = 1; i <= 5; i += 1) await bus.publish([aRecord(i)]);
    await bus.confirm("archive", { "0": 6 });
    await bus.confirm("detect", { "0": 3 });
    await bus.close();
    clock.jump(10_000);
    bus = await openBus(dataDir, config, { clock });
    assert.equal(bus.lag("detect"), 3);
    await bus.close();
    bus = await openBus(dataDir, config, { clock });
    assert.deepEqual((await take(bus, 3)).records.map(textOf), ["P1:3", "P1:4", "P1:5"]);
    await bus.confirm("detect", { "0": 6 });
    await bus.close();
    bus = await openBus(dataDir, config, { clock });
    // The newest commit stays, because it holds the end of the log.
    assert.deepEqual((await take(bus, 1)).records.map(textOf), ["P1:5"]);
    assert.equal((await bus.publish([aRecord(6)])).firstOffset, 6);
    await bus.close();
  });

  it("gives the reserve file back when the disk is low and makes a new one later", async () => {
    let space = roomy;
    const clock = new SimulatedClock(1_000_000);
    const bus = await openBus(
      dataDir,
      { reserveBytes: 4_096 },
      { clock, diskSpace: async () => space },
    );
    const reserve = join(dataDir, "log.reserve");
    assert.equal((await stat(reserve)).size, 4_096);
    space = { freeBytes: 9 * GIB, totalBytes: 200 * GIB };
    await clock.advance(1_000);
    assert.equal((await bus.health()).refusing?.code, "STORAGE_LOW");
    await assert.doesNotReject(untilGone(reserve));
    space = roomy;
    await untilAccepting(bus, clock);
    await bus.close();
  });

  it("stops for good when its file fails", async () => {
    let fatal: IaiError | null = null;
    const onFatal = (failure: IaiError): void => {
      fatal = failure;
    };
    const bus = await openBus(dataDir, {}, { onFatal });
    await bus.publish([aRecord(1)]);
    const db = new DatabaseSync(join(dataDir, "log.db"));
    db.exec(`DROP TABLE "commit"`);
    db.close();
    const isIo = (failure: unknown): boolean =>
      failure instanceof IaiError && failure.code === "STORAGE_IO_ERROR";
    await assert.rejects(bus.publish([aRecord(2)]), isIo);
    await assert.rejects(bus.publish([aRecord(3)]), isIo);
    assert.ok(isIo(fatal));
    assert.equal((await bus.health()).refusing?.code, "STORAGE_IO_ERROR");
    await bus.close();
  });

  it("is read from another thread, old records and new ones", async () => {
    const bus = await openBus(dataDir);
    await bus.publish([aRecord(1)]);
    const token = bus.readerPort(0);
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       import(workerData.module).then(async ({ openLogReader }) => {
         const reader = openLogReader(workerData.token);
         const signal = new AbortController().signal;
         for await (const batch of reader.subscribe({ topics: ["raw_sensor_data"], group: "g", from: null, signal })) {
           for (const record of batch.records) parentPort.postMessage(Buffer.from(record.value).toString());
           await reader.confirm("g", batch.next);
         }
         await reader.close();
       });`,
      {
        eval: true,
        workerData: { token, module: new URL("./log-reader.ts", import.meta.url).href },
        transferList: [token.port],
      },
    );
    const heard = (): Promise<unknown> => new Promise((resolve) => worker.once("message", resolve));
    assert.equal(await heard(), "P1:1");
    const second = heard();
    await bus.publish([aRecord(2)]);
    assert.equal(await second, "P1:2");
    while (bus.lag("g") !== 0) await new Promise((next) => setImmediate(next));
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    await bus.close();
    assert.equal(await ended, 0);
  });

  it("is read beyond what a reader was told, and late news do not disturb it", async () => {
    const bus = await openBus(dataDir);
    for (let i = 1; i <= 5; i += 1) await bus.publish([aRecord(i)]);
    const file = new LogFile(join(dataDir, "log.db"));
    const end = new LogEnd(2);
    const { signal } = new AbortController();
    const batches = follow(file, end, { topics: ["raw_sensor_data"], from: null, signal });
    assert.equal((await batches.next()).value?.records.length, 5);
    const next = batches.next();
    end.moveTo(3);
    await bus.publish([aRecord(6)]);
    end.moveTo(7);
    assert.deepEqual((await next).value?.records.map(textOf), ["P1:6"]);
    file.close();
    await bus.close();
  });

  it("gives the newest records and stops at the end", async () => {
    const bus = await openBus(dataDir);
    const none: unknown[] = [];
    for await (const batch of bus.recent(10)) none.push(batch);
    assert.deepEqual(none, []);
    await bus.publish(Array.from({ length: 50 }, (_, i) => aRecord(i)));
    const texts: string[] = [];
    for await (const batch of bus.recent(3)) texts.push(...batch.records.map(textOf));
    assert.deepEqual(texts, ["P1:47", "P1:48", "P1:49"]);
    await bus.close();
  });

  it("keeps every acknowledged record, and requests whole, when the process is killed", async () => {
    const script = join(dataDir, "writers.mjs");
    await writeFile(script, writers);
    const child = spawn(process.execPath, [
      script,
      new URL("./embedded-event-bus.ts", import.meta.url).href,
      new URL("./config.ts", import.meta.url).href,
      new URL("../../../kernel/clock.ts", import.meta.url).href,
      dataDir,
    ]);
    let output = "";
    await new Promise((resolve) => {
      child.stderr.on("data", (chunk) => process.stderr.write(chunk));
      child.stdout.on("data", (chunk) => {
        output += chunk;
        if (output.length > 4_000) child.kill("SIGKILL");
      });
      child.on("close", resolve);
    });
    const acknowledged = output.split("\n").slice(0, -1);
    assert.ok(acknowledged.length > 100);

    const bus = await openBus(dataDir);
    const stored = new Map<string, number>();
    for await (const batch of bus.recent(1_000_000)) {
      for (const record of batch.records) {
        const [number, part] = textOf(record).split(".");
        const request = `${record.key.slice(1)} ${number}`;
        assert.equal(Number(part), stored.get(request) ?? 0, "parts are in order, none twice");
        stored.set(request, Number(part) + 1);
      }
    }
    await bus.close();
    for (const request of acknowledged) assert.equal(stored.get(request), 3, request);
    assert.ok([...stored.values()].every((parts) => parts === 3));
  });
});

/** Eight writers that print each request after its acknowledgement, until the process is killed. */
const writers = `
const { openEmbeddedEventBus } = await import(process.argv[2]);
const { embeddedEventBusConfig } = await import(process.argv[3]);
const { systemClock } = await import(process.argv[4]);
const quiet = { info() {}, warn() {}, error() {}, child: () => quiet };
const config = embeddedEventBusConfig.parse({ diskFloorBytes: 0, diskFloorShare: 0, reserveBytes: 0 });
const bus = await openEmbeddedEventBus({ dataDir: process.argv[5], clock: systemClock, log: quiet, config });
for (let writer = 0; writer < 8; writer += 1) void write(writer);
async function write(writer) {
  for (let i = 0; ; i += 1) {
    const parts = [0, 1, 2].map((part) => i + "." + part);
    await bus.publish(parts.map((text) => ({ topic: "alerts", key: "W" + writer, value: Buffer.from(text) })));
    process.stdout.write(writer + " " + i + "\\n");
  }
}
`;
