import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedTelemetryConfig } from "../src/backends/telemetry-store/embedded/config.ts";
import { openEmbeddedTelemetryStore } from "../src/backends/telemetry-store/embedded/embedded-telemetry-store.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { createLog } from "../src/kernel/log.ts";
import { createRandom } from "../src/kernel/random.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../src/model/basics.ts";
import type { Reading } from "../src/model/reading.ts";
import { minuteArithmetic } from "../src/pipeline/aggregate/aggregate-minutes.ts";
import type { LoggedReading, TelemetryStore } from "../src/ports/telemetry-store.ts";

// Measures the embedded telemetry store by itself: node scripts/bench-telemetry.ts [devices] [rows]
const METRICS = ["temperature", "vibration", "pressure", "current", "flow", "power"];
const BATCH = 1_000;
const START = Date.UTC(2026, 1, 1);
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };

await main(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 300_000));

async function main(devices: number, rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "iai-bench-"));
  const store = await openEmbeddedTelemetryStore({
    dataDir: join(folder, "telemetry"),
    clock: systemClock,
    log: createLog("warn"),
    config: embeddedTelemetryConfig.parse({}),
    aggregate: minuteArithmetic,
  });
  try {
    const fleetMs = await fill(store, devices, rows / devices, "FLEET");
    const weekMs = await fill(store, 1, (7 * DAY) / SECOND, "WEEK");
    const closing = systemClock.monotonic();
    for (;;) {
      const begin = systemClock.monotonic();
      await store.maintain(KEEP, START + 30 * DAY);
      if (systemClock.monotonic() - begin < 150) break;
    }
    report("maintenance after it", `${round(systemClock.monotonic() - closing)} ms`);
    const weekRows = (7 * DAY) / SECOND;
    report(`write, ${devices} devices`, `${Math.round((rows / fleetMs) * 1_000)} rows/s`);
    report("write, 1 device, 7 days at 1/s", `${Math.round((weekRows / weekMs) * 1_000)} rows/s`);
    await queries(store);
    const memoryMb = Math.round(process.memoryUsage().rss / 1e6);
    await store.close();
    const bytes = sizeOf(join(folder, "telemetry"));
    const values = (weekRows + rows) * METRICS.length;
    report(
      "disk",
      `${round(bytes / (weekRows + rows))} B/row, ${round(bytes / values)} B/value, RSS ${memoryMb} MB`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes `rows` readings a device at 1/s, all devices in turn; gives the time spent in the store alone. */
async function fill(
  store: TelemetryStore,
  devices: number,
  rows: number,
  prefix: string,
): Promise<number> {
  const random = createRandom(7);
  const levels = Array.from({ length: devices }, () => METRICS.map((_, i) => 40 * (i + 1)));
  let spent = 0;
  let offset = (await store.position())?.["0"] ?? 1;
  let batch: LoggedReading[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let device = 0; device < devices; device += 1) {
      const level = levels[device] ?? [];
      const values = new Map<string, number>();
      METRICS.forEach((metric, i) => {
        level[i] = (level[i] ?? 0) + (random.next() - 0.5) * 0.2;
        const scale = 10 ** ((i % 3) + 1);
        values.set(metric, Math.round((level[i] ?? 0) * scale) / scale);
      });
      const measuredAt = START + row * SECOND + device;
      batch.push({
        partition: "0",
        offset: offset++,
        reading: aReading(`${prefix}_${device}`, measuredAt, values),
      });
      if (batch.length < BATCH) continue;
      const begin = systemClock.monotonic();
      await store.write(batch, { "0": offset });
      spent += systemClock.monotonic() - begin;
      batch = [];
    }
  }
  await store.write(batch, { "0": offset });
  return spent;
}

function aReading(deviceId: string, measuredAt: number, values: Map<string, number>): Reading {
  const absent = { qualities: null, faults: null, sources: null, status: null };
  const receivedAt = measuredAt + 30 + (measuredAt % 7);
  return {
    deviceId,
    measuredAt,
    receivedAt,
    values,
    ...absent,
    seq: measuredAt / 1000,
    configVersion: 3,
  };
}

async function queries(store: TelemetryStore): Promise<void> {
  const week = { deviceId: "WEEK_0", from: START, to: START + 7 * DAY, metrics: null };
  const hour = { ...week, from: week.to - HOUR, limit: 10_000, order: "asc" as const };
  await time("60 min raw, 6 metrics", () => store.readings(hour));
  await time("60 min raw, 1 metric", () => store.readings({ ...hour, metrics: ["flow"] }));
  const points = { ...week, stepMs: 20 * MINUTE, limit: 10_000 };
  await time("7 days, 504 points, 6 metrics", () => store.aggregates(points));
  await time("7 days, 504 points, 1 metric", () =>
    store.aggregates({ ...points, metrics: ["flow"] }),
  );
  await time("7 days, hours, 6 metrics", () => store.aggregates({ ...points, stepMs: HOUR }));
  await time("newest reading", () => store.readings({ ...hour, limit: 1, order: "desc" }));
}

async function time(what: string, work: () => Promise<readonly unknown[]>): Promise<void> {
  const took: number[] = [];
  let items = 0;
  for (let i = 0; i < 9; i += 1) {
    const begin = systemClock.monotonic();
    items = (await work()).length;
    took.push(systemClock.monotonic() - begin);
  }
  took.sort((a, b) => a - b);
  report(
    what,
    `${round(took[4] ?? 0)} ms median, ${round(took.at(-1) ?? 0)} worst (${items} items)`,
  );
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function report(what: string, result: string): void {
  console.log(`${what.padEnd(34)} ${result}`);
}
