/**
 * Measures the jobs on a real Flink and Kafka: events a second at parallelism 2, delay from a reading's send to
 * its alert at 500 and 1,000 readings a second, and the gap that killed managers leave.
 * Repeat: node test/servers/flink/measure-flink.ts [rate] [delay] [gap]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultStepSettings, type StreamEvent } from "../../../src/model/control.ts";
import type { Frame } from "../../../src/wire/engine-frames.ts";
import { encodeRawTick, tickKeys } from "../../../src/wire/raw-record.ts";
import { encodeReading } from "../../../src/wire/stream-codec.ts";
import { clusterLogsOf } from "../../fixtures/flink-run.ts";
import { partitionOf } from "../../fixtures/flink-subtasks.ts";
import { type LoggedStep, plantLog } from "../../fixtures/plant-log.ts";
import { aMetric, aProfile, aReading } from "../../fixtures/watched-device.ts";
import {
  type FlinkPlant,
  openFlinkPlant,
  RAW_PARTITIONS,
  startFlinkServers,
} from "./flink-plant.ts";

const deviceIds = Array.from({ length: 100 }, (_, i) => `PUMP_${i}`);
const wanted = process.argv.slice(2);
const wants = (what: string): boolean => wanted.length === 0 || wanted.includes(what);
const folder = mkdtempSync(join(tmpdir(), "iai-measure-flink-"));
const servers = await startFlinkServers(folder);
try {
  if (wants("rate")) await measureRate();
  if (wants("delay")) for (const perSecond of [500, 1_000]) await measureDelay(perSecond);
  if (wants("gap")) await measureGaps();
} finally {
  await servers.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** All three jobs at once over a plant without and with many alarms. */
async function measureRate(): Promise<void> {
  const plant = await openFlinkPlant(servers, { viewEveryMs: 10_000 });
  const steps: LoggedStep[] = [];
  for (const { event } of plantLog({ seed: 4, devices: 200, seconds: 1_000 }))
    steps.push({ event, said: [] });
  const { raw, control } = clusterLogsOf(steps);
  await plant.append("control", control);
  await plant.deploy(2);
  const half = (log: readonly Frame[], from: number, to: number): readonly Frame[] =>
    log.slice(log.length * from, log.length * to);
  await plant.append("raw_sensor_data", mixed(raw.map((log) => half(log, 0, 0.25))));
  await plant.settled();
  const rest = mixed(raw.map((log) => half(log, 0.25, 1)));
  const beginAt = Date.now();
  await plant.append("raw_sensor_data", rest);
  const fedMs = Date.now() - beginAt;
  await plant.settled();
  for (const topic of ["anomalies", "alerts", "aggregates"] as const) {
    const outputs = await plant.outputs(topic);
    const lastAt = outputs.reduce((last, { at }) => Math.max(last, at), 0);
    const perSecond = Math.round((rest.length / (lastAt - beginAt)) * 1_000);
    say(`rate to ${topic}: ${perSecond} events/s (${outputs.length} records in all)`);
  }
  say(`${rest.length} events were fed in ${fedMs} ms`);
  await plant.close();
}

/** Every reading is beyond its limit, and without cool-down each is told: a reading's way to `alerts`. */
async function measureDelay(perSecond: number): Promise<void> {
  const plant = await openFlinkPlant(servers);
  await plant.append("control", alarmingPlant(perSecond));
  await plant.deploy(2);
  await sendLive(plant, { perSecond, seconds: 10 });
  const beginAt = Date.now();
  await sendLive(plant, { perSecond, seconds: 30 });
  await plant.settled();
  const delays = (await plant.outputs("alerts")).flatMap(({ value, at }) => {
    const { timestamp } = JSON.parse(value) as { readonly timestamp: number };
    return timestamp >= beginAt ? [at - timestamp] : [];
  });
  delays.sort((a, b) => a - b);
  const share = (part: number): number => delays[Math.floor(delays.length * part)] ?? 0;
  const shares = `p50 ${share(0.5)}, p95 ${share(0.95)}, p99 ${share(0.99)}, max ${delays.at(-1)} ms`;
  say(`delay at ${perSecond}/s over ${delays.length} alerts: ${shares}`);
  await plant.close();
}

/** Longest pause of `anomalies` after a kill, at 1,000 readings a second. */
async function measureGaps(): Promise<void> {
  const plant = await openFlinkPlant(servers, { viewEveryMs: 1 });
  await plant.append("control", alarmingPlant(1_000));
  await plant.deploy(2);
  const feeding = sendLive(plant, { perSecond: 1_000, seconds: 90 });
  await sleep(15_000);
  const [atWork] = await plant.taskManagersAtWork();
  const first = Date.now();
  await servers.flink.kill(atWork);
  await sleep(25_000);
  const second = Date.now();
  await servers.flink.kill("jobmanager");
  await servers.flink.restart();
  const backMs = Date.now() - second;
  await plant.deploy(2);
  const againMs = Date.now() - second;
  await feeding;
  await plant.settled();
  const times = (await plant.outputs("anomalies")).map(({ at }) => at).sort((a, b) => a - b);
  say(`task manager killed: gap ${gapAfter(times, first, second)} ms, a second one stood by`);
  say(`job manager killed: gap ${gapAfter(times, second, Number.POSITIVE_INFINITY)} ms,`);
  say(`  the cluster was back after ${backMs} ms, the jobs after ${againMs} ms`);
  await plant.close();
}

function gapAfter(times: readonly number[], from: number, to: number): number {
  let longest = 0;
  for (const [i, at] of times.entries()) {
    const next = times[i + 1] ?? at;
    if (next > from && next < to) longest = Math.max(longest, next - at);
  }
  return longest;
}

function alarmingPlant(perSecond: number): readonly Frame[] {
  const metrics = { temperature: aMetric({ hh: 90, unit: "°C", periodMs: 1e5 / perSecond }) };
  const settings = { ...defaultStepSettings, cooldownMs: 0 };
  const parts = [
    { type: "settings", settings },
    ...deviceIds.map((deviceId) => ({ type: "device", profile: aProfile(metrics, { deviceId }) })),
  ];
  return parts.map((part, offset) => {
    const value = JSON.stringify({ ...part, version: offset + 1, at: Date.now() });
    return { source: "c", partition: 0, offset, origin: "", key: "*", value } as const;
  });
}

/** Readings that are measured when they are sent, fifty times a second, and the ticks between them. */
async function sendLive(
  plant: FlinkPlant,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<void> {
  const version = deviceIds.length + 1;
  const beginAt = performance.now();
  let sent = 0;
  let ticked = 0;
  while (sent < perSecond * seconds) {
    const frames: Frame[] = [];
    const due = Math.min(perSecond * seconds, ((performance.now() - beginAt) * perSecond) / 1_000);
    for (; sent < due; sent += 1) frames.push(liveReading(deviceIds[sent % 100] ?? "", version));
    if (performance.now() - beginAt > ticked * 1_000) {
      ticked += 1;
      frames.push(...ticks(version));
    }
    await plant.append("raw_sensor_data", frames);
    await sleep(20);
  }
}

function liveReading(deviceId: string, configVersion: number): Frame {
  const measuredAt = Date.now();
  const values = { temperature: 95 + Math.random(), vibration: Math.random() };
  const event = aReading(values, { deviceId, measuredAt, configVersion });
  const partition = partitionOf(deviceId, RAW_PARTITIONS);
  return rawFrame({ kind: "reading", reading: event }, partition);
}

function rawFrame(event: Extract<StreamEvent, { kind: "reading" }>, partition: number): Frame {
  const value = Buffer.from(encodeReading(event.reading)).toString("latin1");
  const place = { source: "r", partition, offset: 0, origin: "" } as const;
  return { ...place, key: event.reading.deviceId, value };
}

function ticks(configVersion: number): readonly Frame[] {
  const value = Buffer.from(encodeRawTick({ at: Date.now(), configVersion })).toString("latin1");
  return tickKeys(RAW_PARTITIONS).map((key, partition) => ({
    ...({ source: "r", partition, offset: 0, origin: "" } as const),
    key,
    value,
  }));
}

function mixed(raw: readonly (readonly Frame[])[]): readonly Frame[] {
  const all: Frame[] = [];
  const longest = Math.max(...raw.map((log) => log.length));
  for (let at = 0; at < longest; at += 100) {
    for (const log of raw) all.push(...log.slice(at, at + 100));
  }
  return all;
}

function say(text: string): void {
  console.log(`${text} · load ${loadavg()[0]?.toFixed(1)}`);
}
