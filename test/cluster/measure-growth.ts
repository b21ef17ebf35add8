import { once } from "node:events";
import { get } from "node:http";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuMsOf, residentMbOf } from "../../src/app/bench/process-usage.ts";
import { quantile } from "../../src/app/bench/statistics.ts";
import { call, type IaiProcess } from "../fixtures/iai-process.ts";
import { type Cluster, startCluster } from "./cluster.ts";

/*
 * How the cluster profile starts and grows: the time until it takes readings, the memory of each process, and then,
 * at one rate, what 100, 1,000 and 10,000 devices cost and how fast an alarm comes.
 *
 *   node test/cluster/measure-growth.ts [--rate 1000] [--seconds 30] [--devices 100,1000,10000]
 */
const { values: options } = parseArgs({
  options: {
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
    devices: { type: "string", default: "100,1000,10000" },
  },
});
const RATE = Number(options.rate);
const SECONDS = Number(options.seconds);

const roles = ["ingestor", "archiver", "agent-server", "console"] as const;
type Role = (typeof roles)[number];

/** A batch holds at most so many readings. */
const BATCH_MAX = 500;
/** Of the breaches that ask how fast an alarm comes. */
const PROBE_EVERY_MS = 500;
/** Nothing is measured while devices are seen for the first time, and so long after. */
const WARM_MS = 10_000;

interface Measured {
  readonly name: string;
  readonly pid: number;
}

const begin = performance.now();
const cluster = await startCluster();
try {
  const started: (readonly [Role, IaiProcess])[] = await Promise.all(
    roles.map(async (role) => [role, await cluster.role(role)] as const),
  );
  const startMs = performance.now() - begin;
  const at = new Map(started);
  const all: readonly Measured[] = [
    ...Object.values(cluster.servers).flatMap((server) =>
      server.processes().map(({ name, pid }) => ({ name, pid })),
    ),
    ...started.map(([name, { pid }]) => ({ name, pid })),
  ];
  console.log(`start of all: ${(startMs / 1_000).toFixed(1)} s, load average ${load()}`);
  const rows: string[][] = [["devices", ...all.map(({ name }) => name), "sum"]];
  rows.push(memoryRow("RSS after the start, MB", all));
  for (const count of options.devices.split(",").map(Number)) {
    rows.push(...(await grow(count, at, all)));
  }
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
} finally {
  await cluster.stop();
}

async function grow(
  count: number,
  at: ReadonlyMap<Role, IaiProcess>,
  all: readonly Measured[],
): Promise<string[][]> {
  const urlOf = (role: Role): string => at.get(role)?.apiUrl ?? "";
  const until = new AbortController();
  const sent = { readings: 0 };
  const writing = write(`${urlOf("ingestor")}/api/v1/readings`, { count, until, sent });
  const firstSeen = performance.now();
  while (sent.readings < count) await sleep(100);
  const seenS = ((performance.now() - firstSeen) / 1_000).toFixed(1);
  await sleep(WARM_MS);
  const before = all.map(({ pid }) => cpuMsOf(pid));
  const sentBefore = sent.readings;
  const from = performance.now();
  const latencies = await probe(cluster, count, { urlOf, withinMs: SECONDS * 1_000 });
  const tookMs = performance.now() - from;
  const cpu = all.map(({ pid }, i) => cpuMsOf(pid) - (before[i] ?? 0));
  const rate = ((sent.readings - sentBefore) / tookMs) * 1_000;
  until.abort();
  await writing;
  const drained = performance.now();
  const isIdle = (await idle(urlOf("ingestor"))) && (await idle(urlOf("agent-server")));
  const idleS = isIdle ? ((performance.now() - drained) / 1_000).toFixed(1) : "not within 20";
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(0));
  console.log(
    `${count} devices, new ones registered in ${seenS} s: ${rate.toFixed(0)} readings/s, ${latencies.length} alarms p50 ${p50}, p95 ${p95}, p99 ${p99} ms, idle ${idleS} s after the last reading, load average ${load()}`,
  );
  const share = cpu.map((ms) => ((ms / tookMs) * 100).toFixed(0));
  const sum = cpu.reduce((one, other) => one + other, 0);
  return [
    [`${count}: share of one core, %`, ...share, ((sum / tookMs) * 100).toFixed(0)],
    memoryRow(`${count}: RSS, MB`, all),
  ];
}

function memoryRow(title: string, all: readonly Measured[]): string[] {
  const megabytes = all.map(({ pid }) => residentMbOf(pid));
  const sum = megabytes.reduce((one, other) => one + other, 0);
  return [title, ...megabytes.map((one) => one.toFixed(0)), sum.toFixed(0)];
}

/** The devices in turn, at the rate that was asked for; what is refused is sent again. */
async function write(
  url: string,
  load: {
    readonly count: number;
    readonly until: AbortController;
    readonly sent: { readings: number };
  },
): Promise<void> {
  const { count, until, sent } = load;
  const size = Math.min(BATCH_MAX, Math.max(1, Math.round(RATE / 10)), count);
  const begun = performance.now();
  for (let next = 0, total = 0; !until.signal.aborted; ) {
    const timestamp = Date.now();
    const batch = Array.from({ length: size }, (_, i) => ({
      // A larger fleet holds the smaller one: none of it falls silent, which would be an alarm of each.
      device_id: `G${(next + i) % count}`,
      timestamp,
      temperature: 40 + ((next + i) % 9),
      vibration: 0.2,
      metrics: { flow: 30 },
    }));
    const answer = await call(url, cluster.key, { body: batch }).catch(() => null);
    if (answer?.status !== 200) {
      await sleep(100);
      continue;
    }
    next = (next + size) % count;
    total += size;
    sent.readings += size;
    const dueMs = (total / RATE) * 1_000 - (performance.now() - begun);
    if (dueMs > 0) await sleep(dueMs);
  }
}

/** Breaches of devices of their own, one after the other; answers how long each alarm took, sorted, ms. */
async function probe(
  { key }: Cluster,
  count: number,
  { urlOf, withinMs }: { readonly urlOf: (role: Role) => string; readonly withinMs: number },
): Promise<readonly number[]> {
  const probes = Math.floor(withinMs / PROBE_EVERY_MS);
  const names = Array.from({ length: probes }, (_, i) => `PROBE${count}_${i}`);
  for (const name of names) {
    const body = {
      ...{ device_id: name, device_name: name, device_type: "pump" },
      ...{ factory_id: "F1", line_id: "L1", rated_temp_max: 80 },
    };
    await call(`${urlOf("agent-server")}/api/v1/devices`, key, { body });
  }
  const last = `${urlOf("ingestor")}/api/v1/devices/${names.at(-1)}/status`;
  while ((await call(last, key)).status !== 200) await sleep(100);
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  const stop = await hear(`${urlOf("agent-server")}/api/v1/stream`, key, (deviceId) => {
    const at = sentAt.get(deviceId);
    if (at === undefined) return;
    latencies.push(performance.now() - at);
    sentAt.delete(deviceId);
  });
  for (const name of names) {
    const body = { device_id: name, timestamp: Date.now(), temperature: 99 };
    sentAt.set(name, performance.now());
    await call(`${urlOf("ingestor")}/api/v1/readings`, key, { body });
    await sleep(PROBE_EVERY_MS);
  }
  for (let wait = 0; sentAt.size > 0 && wait < 100; wait += 1) await sleep(100);
  stop();
  if (sentAt.size > 0) console.log(`${sentAt.size} alarms did not come`);
  return latencies.toSorted((a, b) => a - b);
}

/** Calls back with the device of every alarm that the live stream tells; answers what ends it. */
async function hear(
  url: string,
  key: string,
  onAlarm: (deviceId: string) => void,
): Promise<() => void> {
  const request = get(`${url}?types=alert`, { headers: { authorization: `Bearer ${key}` } });
  const [response] = await once(request, "response");
  let text = "";
  response.on("data", (bytes: Buffer) => {
    text += bytes.toString("utf8");
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      const deviceId = /^data:.*"device_id":"([^"]+)"/.exec(line)?.[1];
      if (deviceId !== undefined) onAlarm(deviceId);
    }
  });
  response.on("error", () => undefined);
  return () => request.destroy();
}

/** False: it is not after 20 s. Longer, and the fleet would be taken for silent. */
async function idle(url: string): Promise<boolean> {
  for (const begin = performance.now(); performance.now() - begin < 20_000; await sleep(100)) {
    const path = `${url}/api/v1/system/idle`;
    const answer = await call<{ idle?: boolean }>(path, cluster.key).catch(() => null);
    if (answer?.body.idle === true) return true;
  }
  return false;
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
