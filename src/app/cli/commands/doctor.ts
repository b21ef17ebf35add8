import { existsSync, readFileSync, rmSync } from "node:fs";
import { access, constants, mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../kernel/clock.ts";
import type { Config } from "../../config/schema.ts";
import { dataDirAt, readRunInfo } from "../../data-dir.ts";
import { productVersion } from "../../repository.ts";
import { configOf, type SettingOptions } from "../settings.ts";

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do; null: nothing. */
  readonly remedy: string | null;
}

const LOW_DISK_BYTES = 2 * 1024 ** 3;
const SLOW_SYNC_MS = 50;

/** `iai doctor`: is this machine, its configuration and its data folder fit to run IAI? */
export async function runDoctor(
  options: SettingOptions & { readonly json?: boolean },
): Promise<number> {
  const config = await configOf(options);
  const running = readRunInfo(dataDirAt(config.dataDir));
  const findings = [
    nodeVersion(),
    ...(await folderFindings(config)),
    ...(await portFindings(config, running !== null)),
    zoneFinding(config),
  ];
  findings.push({
    check: "process",
    ok: true,
    found:
      running === null
        ? "IAI does not run on this folder"
        : `IAI runs as process ${running.pid} at ${running.apiUrl}`,
    remedy: null,
  });
  if (options.json === true) console.log(JSON.stringify({ version: productVersion, findings }));
  else for (const finding of findings) print(finding);
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

function print(finding: Finding): void {
  console.log(`${finding.ok ? "ok  " : "FAIL"} ${finding.check}: ${finding.found}`);
  if (finding.remedy !== null) console.log(`     → ${finding.remedy}`);
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    check: "Node.js",
    ok: major >= 24,
    found: `${process.version} at ${process.execPath}, SQLite ${process.versions["sqlite"] ?? "?"}`,
    remedy: major >= 24 ? null : "start it with ./iai, which brings its own",
  };
}

async function folderFindings(config: Config): Promise<readonly Finding[]> {
  const root = dataDirAt(config.dataDir).root;
  await mkdir(root, { recursive: true, mode: 0o700 });
  const writable = await access(root, constants.W_OK).then(
    () => true,
    () => false,
  );
  const disk = await statfs(root);
  const free = disk.bavail * disk.bsize;
  const findings: Finding[] = [
    {
      check: "data folder",
      ok: writable,
      found: root,
      remedy: writable ? null : "give the user of IAI the right to write there",
    },
    {
      check: "free space",
      ok: free > LOW_DISK_BYTES,
      found: `${(free / 1024 ** 3).toFixed(1)} GiB`,
      remedy: free > LOW_DISK_BYTES ? null : "free some: below 512 MiB or 5 % readings are refused",
    },
  ];
  if (writable) findings.push(syncFinding(root));
  return findings;
}

/** How long this disk takes to make a small write durable: the floor of every acknowledgement. */
function syncFinding(root: string): Finding {
  const file = join(root, "doctor.tmp");
  const db = new DatabaseSync(file);
  db.exec(
    "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS probe (n INTEGER)",
  );
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const begin = systemClock.monotonic();
    db.exec(`INSERT INTO probe VALUES (${n})`);
    times.push(systemClock.monotonic() - begin);
  }
  db.close();
  rmSync(file, { force: true });
  const median = times.toSorted((a, b) => a - b)[10] ?? 0;
  return {
    check: "durable write",
    ok: median < SLOW_SYNC_MS,
    found: `${median.toFixed(1)} ms (median of 20)`,
    remedy:
      median < SLOW_SYNC_MS ? null : "a slower disk means slower acknowledgements; use an SSD",
  };
}

async function portFindings(config: Config, running: boolean): Promise<readonly Finding[]> {
  const ports = [
    ["API port", config.api.port],
    ["console port", config.console.port],
  ] as const;
  const findings: Finding[] = [];
  for (const [check, port] of ports) {
    const free = running || (await isFree(config.api.host, port));
    findings.push({
      check,
      ok: free,
      found: `${port}${running ? " (in use by IAI)" : free ? " is free" : " is in use"}`,
      remedy: free
        ? null
        : `stop the other program or set ${check === "API port" ? "IAI_API_PORT" : "IAI_CONSOLE_PORT"}`,
    });
  }
  return findings;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function zoneFinding(config: Config): Finding {
  const known =
    Intl.supportedValuesOf("timeZone").includes(config.plant.timeZone) ||
    config.plant.timeZone === "UTC";
  const container =
    existsSync("/proc/1/cgroup") && readFileSync("/proc/1/cgroup", "utf8").includes("docker")
      ? ", in a container"
      : "";
  return {
    check: "time zone",
    ok: known,
    found: `${config.plant.timeZone}, now ${new Date(systemClock.now()).toISOString()}${container}`,
    remedy: known ? null : "plant.timeZone takes IANA names such as Asia/Shanghai",
  };
}
