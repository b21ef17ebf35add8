import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsOf, residentMbOf } from "../src/app/bench/process-usage.ts";
import { call, createKey, startIai } from "../test/fixtures/iai-process.ts";
import { freePorts } from "../test/servers/processes.ts";

/**
 * How many MQTT messages of QoS 1 a second IAI makes durable: from mosquitto_pub through a broker into the fsynced log,
 * all on this machine. `node scripts/bench-mqtt.ts [mosquitto|inside] [messages] [publishers] [connections]`.
 * Mosquitto runs without persistence, so that its own disk is not what is measured.
 */

const [way = "mosquitto", messages = "60000", publishers = "6", connections = "1"] =
  process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "iai-bench-mqtt-"));
const [port = 0] = await freePorts(1);
const each = Math.floor(Number(messages) / Number(publishers));
const total = each * Number(publishers);

function startMosquitto(): ReturnType<typeof spawn> {
  const config = join(folder, "mosquitto.conf");
  const lines = [
    "allow_anonymous true",
    `listener ${port} 127.0.0.1`,
    "max_inflight_messages 1000",
  ];
  writeFileSync(config, `${[...lines, "max_queued_messages 0", "log_type error", ""].join("\n")}`);
  return spawn("/usr/sbin/mosquitto", ["-c", config], { stdio: "ignore" });
}

function sourcesOf(): string {
  if (way === "mosquitto")
    return `  - { kind: mqtt, name: bench, url: "mqtt://127.0.0.1:${port}", connections: ${connections} }`;
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, "bench", { mode: 0o600 });
  return `  - { kind: mqtt-broker, name: bench, port: ${port}, users: [{ name: bench, passwordFile: ${passwordFile} }] }`;
}

/** One device a publisher; a millisecond between its readings. */
function publish(n: number): Promise<unknown> {
  const topic = `iai/F001/L001/BENCH_${n}/readings`;
  const login = way === "mosquitto" ? [] : ["-u", "bench", "-P", "bench"];
  const args = ["-h", "127.0.0.1", "-p", String(port), ...login, "-q", "1", "-t", topic, "-l"];
  const child = spawn("mosquitto_pub", args, { stdio: ["pipe", "ignore", "inherit"] });
  const from = Date.now() - 120_000;
  const lines = Array.from({ length: each }, (_, at) => {
    const values = `"temperature":${45 + (at % 50) / 10},"vibration":0.52,"pressure":0.21,"current":15.8`;
    return `{"timestamp":${from + at},"seq":${at},${values},"status":"NORMAL"}`;
  });
  child.stdin.end(`${lines.join("\n")}\n`);
  return once(child, "exit");
}

const broker = way === "mosquitto" ? startMosquitto() : null;
const iai = await startIai({
  dataDir: join(folder, "data"),
  forSuite: true,
  yaml: `log: { level: error }\nsources:\n${sourcesOf()}\n`,
});
try {
  const key = createKey(iai.dataDir, "admin");
  const look = async (): Promise<{ accepted: number; state: string }> => {
    const { body } = await call<{ items: { accepted: number; state: string }[] }>(
      `${iai.apiUrl}/api/v1/sources`,
      key,
    );
    return body.items[0] ?? { accepted: 0, state: "none" };
  };
  while ((await look()).state !== "running") await sleep(50);
  const pids = { iai: iai.pid, ...(broker?.pid === undefined ? {} : { mosquitto: broker.pid }) };
  const before = new Map(Object.values(pids).map((pid) => [pid, cpuMsOf(pid)]));
  const samples: { at: number; accepted: number }[] = [];
  const begun = performance.now();
  const sending = Promise.all(Array.from({ length: Number(publishers) }, (_, n) => publish(n)));
  for (;;) {
    const { accepted } = await look();
    samples.push({ at: performance.now() - begun, accepted });
    if (accepted >= total || performance.now() - begun > 240_000) break;
    await sleep(100);
  }
  await sending;
  const last = samples.at(-1) ?? { at: 1, accepted: 0 };
  const inner = samples.filter(({ accepted }) => accepted > total / 10 && accepted < total * 0.9);
  const [first, end] = [inner[0], inner.at(-1)];
  const steady =
    first === undefined || end === undefined || end === first
      ? null
      : ((end.accepted - first.accepted) * 1_000) / (end.at - first.at);
  console.log(`${way}, ${total} messages, ${publishers} publishers, ${connections} connections`);
  console.log(`accepted (fsynced) ${last.accepted} in ${(last.at / 1000).toFixed(1)} s`);
  console.log(
    `rate ${Math.round((last.accepted * 1000) / last.at)}/s overall, ${Math.round(steady ?? 0)}/s between 10 % and 90 %`,
  );
  for (const [name, pid] of Object.entries(pids)) {
    const cpuMs = ((cpuMsOf(pid) - (before.get(pid) ?? 0)) * 1_000) / last.accepted;
    const memory = Math.round(residentMbOf(pid));
    console.log(`${name}: ${cpuMs.toFixed(1)} ms CPU per 1,000 messages, ${memory} MB`);
  }
  console.log(
    `load of the machine ${loadavg()
      .map((one) => one.toFixed(1))
      .join(" ")}`,
  );
} finally {
  await iai.stop();
  broker?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
