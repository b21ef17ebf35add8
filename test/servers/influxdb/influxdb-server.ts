import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/** The last InfluxDB 1.8; `go.mod` beside this file requires it, `go.sum` pins every byte of what it is built from. */
const VERSION = "1.8.10";
const PROGRAM = "github.com/influxdata/influxdb/cmd/influxd";
const USER = "iai";

/** InfluxDB 1.8 built from its Go module, with a user and password, on loopback. */
export const influxdbServer: ServerKind = {
  name: "influxdb",
  portCount: 2,
  fetch: async (cache) => build(cache),
  start: async (place) => {
    const port = portOf(place, 0);
    const password = placePassword(place, USER);
    const started = startProgram(place, {
      name: "influxd",
      command: programIn(place.cache),
      args: ["run", "-config", writeConfig(place, "influxdb.conf", configOf(place))],
      env: { GOMAXPROCS: "2" },
    });
    const url = `http://127.0.0.1:${port}`;
    // A server with many shards opens them all before it answers.
    await waitUntilReady(place, started, { ready: () => answers(url), withinMs: 120_000 });
    await makeUser(url, password);
    return {
      version: VERSION,
      processes: [started],
      connection: { url, host: "127.0.0.1", port, username: USER, password },
    };
  },
};

function programIn(cache: string): string {
  const sums = readFileSync(join(import.meta.dirname, "go.sum"));
  const hash = createHash("sha256").update(sums).digest("hex").slice(0, 16);
  return join(cache, "influxdb", `influxd-${VERSION}-${hash}`);
}

/** About 150 s of CPU, once; one package at a time, so that others can work meanwhile. */
function build(cache: string): void {
  const program = programIn(cache);
  if (existsSync(program)) return;
  const room = join(cache, "influxdb", `build-${randomBytes(4).toString("hex")}`);
  mkdirSync(room, { recursive: true });
  try {
    for (const file of ["go.mod", "go.sum"])
      copyFileSync(join(import.meta.dirname, file), join(room, file));
    const flags = ["-p", "1", "-trimpath", "-ldflags", `-s -w -X main.version=${VERSION}`];
    const go = existsSync("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : "go";
    const done = spawnSync("nice", ["-n", "10", go, "build", ...flags, "-o", "influxd", PROGRAM], {
      cwd: room,
      env: {
        ...process.env,
        CGO_ENABLED: "0",
        GOTOOLCHAIN: "local",
        GOFLAGS: "-mod=readonly -buildvcs=false -modcacherw",
        GOPATH: join(room, "go"),
        GOCACHE: join(room, "go-cache"),
      },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    });
    if (done.status !== 0) {
      const why = done.error?.message ?? done.stderr.trim().slice(-1_000);
      throw new Error(`Cannot build influxd ${VERSION} (it needs Go 1.21 or newer): ${why}`);
    }
    renameSync(join(room, "influxd"), program);
  } finally {
    // Modules and build cache are 800 MB; the program alone is 48.
    rmSync(room, { recursive: true, force: true });
  }
}

function configOf(place: ServerPlace): string {
  const folder = (name: string): string => JSON.stringify(join(place.folder, name));
  return `reporting-disabled = true
bind-address = "127.0.0.1:${portOf(place, 1)}"
[meta]
  dir = ${folder("meta")}
[data]
  dir = ${folder("data")}
  wal-dir = ${folder("wal")}
  index-version = "tsi1"
  query-log-enabled = false
  max-concurrent-compactions = 1
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:${portOf(place, 0)}"
  auth-enabled = true
  log-enabled = false
  flux-enabled = true
[logging]
  level = "warn"
`;
}

async function answers(url: string): Promise<boolean> {
  const { status } = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(2_000) });
  return status === 204;
}

/** The first user may be made without one; later it is there, and its password is this place's. */
async function makeUser(url: string, password: string): Promise<void> {
  const q = `CREATE USER "${USER}" WITH PASSWORD '${password}' WITH ALL PRIVILEGES`;
  const headers = { Authorization: `Basic ${btoa(`${USER}:${password}`)}` };
  const body = new URLSearchParams({ q });
  const answer = await fetch(`${url}/query`, { method: "POST", headers, body });
  if (answer.ok) return;
  throw new Error(`Cannot make the first user of InfluxDB: ${await answer.text()}`);
}
