import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsOf, residentMbOf } from "../src/app/bench/process-usage.ts";
import { trustListIn } from "../src/backends/source-adapter/opcua/trust-list.ts";
import { call, createKey, startIai } from "../test/fixtures/iai-process.ts";
import { tellMilo } from "../test/servers/milo/milo-server.ts";
import { startServer } from "../test/servers/server-handle.ts";

/**
 * What it costs IAI to read many tags of an OPC-UA server of Milo that all change together, signed and encrypted, into
 * the fsynced log. `node scripts/bench-opcua.ts [tags] [every ms] [seconds] [tags of one device]`.
 */

const [tags = 5_000, everyMs = 1_000, seconds = 60, together = 10] = process.argv
  .slice(2)
  .map(Number);
const folder = mkdtempSync(join(tmpdir(), "iai-bench-opcua-"));
const dataDir = join(folder, "data");

function nodeMap(): string {
  const lines = [`defaults: { sampling_ms: ${everyMs}, expected_ms: 10000 }`, "devices:"];
  for (let n = 0; n < tags; n += 1) {
    if (n % together === 0) lines.push(`  BENCH_${n / together}:`, "    metrics:");
    lines.push(`      tag_${n % together}: { node: "nsu=urn:iai:test:plant;s=LOAD.${n}" }`);
  }
  return `${lines.join("\n")}\n`;
}

const server = await startServer("milo");
await tellMilo(server, `load ${tags} ${everyMs}`);
const mapFile = join(folder, "map.yaml");
writeFileSync(mapFile, nodeMap());
await trustListIn(join(dataDir, "opcua", "pki")).add(
  join(String(server.connection["certificates"]), "server.der"),
);
const url = String(server.connection["url"]);
const iai = await startIai({
  dataDir,
  forSuite: true,
  yaml: `log: { level: error }\nsources:\n  - { kind: opcua, name: bench, url: "${url}", mapFile: ${mapFile} }\n`,
});
try {
  const key = createKey(iai.dataDir, "admin");
  const look = async () => {
    const { body } = await call<{
      items: { accepted: number; rejected: number; state: string; recoveries: number }[];
    }>(`${iai.apiUrl}/api/v1/sources`, key);
    return body.items[0] ?? { accepted: 0, rejected: 0, state: "none", recoveries: 0 };
  };
  while ((await look()).state !== "running") await sleep(200);
  await sleep(10_000);
  const before = await look();
  const cpu = cpuMsOf(iai.pid);
  const begun = performance.now();
  await sleep(seconds * 1_000);
  const after = await look();
  const lasted = performance.now() - begun;
  const used = ((cpuMsOf(iai.pid) - cpu) * 100) / lasted;
  const rate = ((after.accepted - before.accepted) * 1_000) / lasted;
  console.log(`${tags} tags every ${everyMs} ms, ${together} of a device, ${seconds} s`);
  console.log(`${rate.toFixed(0)} readings/s = ${(rate * together).toFixed(0)} values/s stored`);
  console.log(`rejected ${after.rejected - before.rejected}, recoveries ${after.recoveries}`);
  console.log(`IAI: ${used.toFixed(0)} % of one core, ${Math.round(residentMbOf(iai.pid))} MB`);
  console.log(
    `load of the machine ${loadavg()
      .map((one) => one.toFixed(1))
      .join(" ")}`,
  );
} finally {
  await iai.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
