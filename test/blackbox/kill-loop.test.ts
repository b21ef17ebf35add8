import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom, type Random } from "../../src/kernel/random.ts";
import { call, createKey, type IaiProcess, startIai, untilIdle } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

/** 40 in the test command; 300 with `KILL_CYCLES=300 ./iai test` or by hand. */
const CYCLES = Number(process.env["KILL_CYCLES"] ?? "40");
const WRITERS = 8;
const READY_LIMIT_MS = 10_000;

interface Sent {
  readonly at: number;
  readonly temperature: number;
}

/** One writer: its device, everything it ever sent and what was acknowledged. */
interface Writer {
  readonly deviceId: string;
  readonly sent: Map<number, Sent>;
  readonly acked: Set<number>;
  next: number;
}

describe("kill -9 under eight writers", () => {
  it("stores every acknowledged reading exactly once, invents none, and is ready again in 10 s", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.log(`kill loop: seed ${seed}, ${CYCLES} kills`);
    const random = createRandom(seed);
    const dataDir = temporaryFolder("blackbox");
    const key = createKey(dataDir, "ingest");
    const admin = createKey(dataDir, "admin");
    const base = Date.now() - 3_600_000;
    const writers: Writer[] = Array.from({ length: WRITERS }, (_, n) => ({
      deviceId: `KILL_${n}`,
      sent: new Map(),
      acked: new Set(),
      next: base + n,
    }));
    let slowestStart = 0;
    const start = async (): Promise<IaiProcess> => {
      const begin = performance.now();
      const iai = await startIai({ dataDir });
      slowestStart = Math.max(slowestStart, performance.now() - begin);
      return iai;
    };

    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const iai = await start();
      if (cycle === 0) await limitDevices(iai, admin);
      const quota = 5 + random.integer(60);
      await writeUntilKilled(iai, { writers, key, random, quota });
    }
    assert.ok(slowestStart <= READY_LIMIT_MS, `slowest start ${slowestStart.toFixed(0)} ms`);

    const iai = await start();
    await untilIdle(iai.apiUrl, admin);
    for (const writer of writers) await checkStored(iai, admin, writer);
    await checkStories(iai, admin);
    console.log(
      `kill loop: ${writers.reduce((n, w) => n + w.acked.size, 0)} acknowledged, slowest start ${slowestStart.toFixed(0)} ms`,
    );
    assert.equal(await iai.stop(), 0);
  });
});

/** A limit on half of the devices, so that alarms are raised while processes die. */
async function limitDevices(iai: IaiProcess, admin: string): Promise<void> {
  for (let n = 0; n < WRITERS; n += 2) {
    const body = {
      device_id: `KILL_${n}`,
      device_name: `Writer ${n}`,
      device_type: "pump",
      factory_id: "F1",
      line_id: "L1",
      rated_temp_max: 90,
    };
    const answer = await call(`${iai.apiUrl}/api/v1/devices`, admin, { body });
    assert.equal(answer.status, 201);
  }
}

async function writeUntilKilled(
  iai: IaiProcess,
  run: {
    readonly writers: readonly Writer[];
    readonly key: string;
    readonly random: Random;
    readonly quota: number;
  },
): Promise<void> {
  let batches = 0;
  let killed: Promise<void> | null = null;
  await Promise.all(
    run.writers.map(async (writer) => {
      while (killed === null) {
        const batch = Array.from({ length: 1 + run.random.integer(12) }, () =>
          nextReading(writer, run.random),
        );
        const body = batch.map((sent) => ({
          device_id: writer.deviceId,
          timestamp: sent.at,
          temperature: sent.temperature,
        }));
        try {
          const answer = await call<{ accepted: number; duplicates: number }>(
            `${iai.apiUrl}/api/v1/readings`,
            run.key,
            { body },
          );
          if (answer.status === 200) for (const sent of batch) writer.acked.add(sent.at);
        } catch {
          return;
        }
        batches += 1;
        if (batches >= run.quota) killed ??= iai.kill();
      }
    }),
  );
  await killed;
}

function nextReading(writer: Writer, random: Random): Sent {
  writer.next += 10 + random.integer(500);
  // Now and then hot for a while: an alarm to be raised, diagnosed and cleared across kills.
  const hot = Math.floor(writer.next / 60_000) % 4 === 0;
  const sent = {
    at: writer.next,
    temperature: Math.round((hot ? 97 : 60) * 100 + random.integer(200)) / 100,
  };
  writer.sent.set(sent.at, sent);
  return sent;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

async function readAll<T>(iai: IaiProcess, key: string, path: string): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const url: string = `${iai.apiUrl}/api/v1/${path}${path.includes("?") ? "&" : "?"}limit=10000${cursor === null ? "" : `&cursor=${cursor}`}`;
    const answer: { readonly status: number; readonly body: Page<T> } = await call<Page<T>>(
      url,
      key,
    );
    assert.equal(answer.status, 200);
    items.push(...answer.body.items);
    cursor = answer.body.next_cursor;
  } while (cursor !== null);
  return items;
}

async function checkStored(iai: IaiProcess, key: string, writer: Writer): Promise<void> {
  const stored = await readAll<{ timestamp: string; temperature: number }>(
    iai,
    key,
    `readings?device_id=${writer.deviceId}&from=0&to=${Date.now()}`,
  );
  const times = stored.map((reading) => Date.parse(reading.timestamp));
  assert.equal(new Set(times).size, times.length, `${writer.deviceId}: a reading is stored twice`);
  const kept = new Set(times);
  const lost = [...writer.acked].filter((at) => !kept.has(at));
  assert.deepEqual(lost, [], `${writer.deviceId}: acknowledged readings are lost`);
  for (const reading of stored) {
    assert.equal(
      reading.temperature,
      writer.sent.get(Date.parse(reading.timestamp))?.temperature,
      `${writer.deviceId}: an invented or changed reading`,
    );
  }
}

/** One report an alert, at most one order. */
async function checkStories(iai: IaiProcess, key: string): Promise<void> {
  const alerts = await readAll<{ trace_id: string; status: string }>(iai, key, "alerts");
  const reports = await readAll<{ trace_id: string }>(iai, key, "reports");
  const orders = await readAll<{ trace_id: string | null; order_no: string }>(
    iai,
    key,
    "work-orders",
  );
  assert.ok(alerts.length > 0);
  assert.deepEqual(
    reports.map((report) => report.trace_id).toSorted(),
    alerts.map((alert) => alert.trace_id).toSorted(),
  );
  const ordered = orders.flatMap((order) => (order.trace_id === null ? [] : [order.trace_id]));
  assert.equal(new Set(ordered).size, ordered.length);
  assert.equal(new Set(orders.map((order) => order.order_no)).size, orders.length);
}
