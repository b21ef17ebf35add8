import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import {
  call,
  createKey,
  type IaiProcess,
  runIai,
  startIai,
  until,
  untilIdle,
} from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

/** What the command line promises to people and programs: exit codes, where text goes, and what is printed. */

const folder = temporaryFolder("cli-contract");
const fileOf = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

/** Exit code and the code in brackets at the end of what was said on standard error. */
function verdict(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const done = runIai(args, { IAI_KEY: "", IAI_DATA_DIR: join(folder, "none"), ...environment });
  return [done.status, /\[([A-Z_]+)\]/.exec(done.stderr)?.[1] ?? null];
}

const map = fileOf(
  "map.yaml",
  [
    'separator: ";"',
    'timestamp: { column: t_s, unit: s, start: "2026-01-01T00:00:00Z" }',
    "device: { column: machine }",
    "metrics:",
    "  vibration: { columns: [a, b], take: max, unit: m/s² }",
    "  pressure: { column: p, unit: bar }",
    '  score_1: { column: s, unit: "1" }',
    "ignore: [label]",
    "",
  ].join("\n"),
);

describe("exit codes", () => {
  it("says 2 and USAGE for a wrong command line", () => {
    const wrong = [
      ["nosuch"],
      ["replay"],
      ["detect", "x.csv"],
      ["start", "--no-such-option"],
      ["key", "create", "--name", "x", "--role", "boss"],
      ["export", "everything"],
      ["simulate", "--devices", "some", "--rate", "1", "--key", "k"],
      ["simulate", "--devices", "2", "--protocol", "pigeon"],
      ["simulate", "--devices", "2", "--key", "k", "--fault", "no_such_fault@10s"],
      ["simulate", "--devices", "2", "--key", "k", "--fault", "dry_run@10s@MOTOR_01"],
      ["simulate", "--scenario", "no-such-file.yaml", "--key", "k"],
    ];
    for (const args of wrong) assert.deepEqual(verdict(args), [2, "USAGE"], args.join(" "));
  });

  it("starts no role on backends that no other process can see, and names what is needed", () => {
    const { status, stderr } = runIai(["role", "ingestor", "--data-dir", temporaryFolder("role")]);
    assert.equal(status, 1);
    assert.match(stderr, /eventBus\.kind: kafka.*\[CONFIG_INVALID\]/);
    assert.deepEqual(verdict(["role", "foreman"]), [2, "USAGE"]);
  });

  it("knows every command of the design", () => {
    const { stdout, status } = runIai(["--help"]);
    assert.equal(status, 0);
    const names = new Set(linesOf(stdout).map((line) => /^ {2}([a-z-]+)/.exec(line)?.[1]));
    const asked =
      "start role stop demo replay simulate detect backtest key user export doctor health backup restore rebuild verify-audit config bench eval completion";
    assert.deepEqual(
      asked.split(" ").filter((name) => !names.has(name)),
      [],
    );
  });
});

describe("the configuration", () => {
  it("stops every command at a key or value that is not allowed", () => {
    const unknown = fileOf("unknown.yaml", "alert: { cooldown: 5 }\n");
    assert.deepEqual(verdict(["start", "--config", unknown]), [1, "CONFIG_INVALID"]);
    assert.deepEqual(verdict(["config", "check", "--config", unknown]), [1, "CONFIG_INVALID"]);
    const bad = { IAI_ALERT_COOLDOWN_MS: "5m" };
    assert.deepEqual(verdict(["config", "check"], bad), [1, "CONFIG_INVALID"]);
    assert.deepEqual(verdict(["config", "check", "--config", join(folder, "absent.yaml")]), [
      1,
      "CONFIG_UNREADABLE",
    ]);
  });

  it("prints what is in force, variables included, and no secret", () => {
    const yaml =
      "notify: { targets: [{ kind: webhook, name: w, url: 'https://a.example/x?key=tok-1' }] }";
    const file = fileOf("secret.yaml", yaml);
    const { stdout } = runIai(["config", "print", "--config", file], { IAI_API_PORT: "8123" });
    assert.ok(stdout.includes("8123") && stdout.includes("[secret]"));
    assert.ok(!stdout.includes("tok-1"));
  });
});

describe("iai detect", () => {
  const rows = (file: string, mapFile = map, more: readonly string[] = []) => {
    const done = runIai([
      "detect",
      file,
      "--map",
      mapFile,
      "--rows",
      "--learn-rows",
      "50",
      ...more,
    ]);
    assert.equal(done.status, 0, done.stderr);
    return linesOf(done.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const head = "t_s;machine;a;b;p;s;label";

  it("prints one line for every data row, refused ones in their places", () => {
    const body = [
      "0;M1;1;2;3;4;0",
      "broken",
      "2;M1;NaN;2;;4;1",
      "3;M1;;;;;0",
      ";;;;;;",
      "5;M1;1;2;3;4;0;9",
    ];
    const csv = fileOf("rows.csv", `\ufeff${[head, ...body].join("\r\n")}\r\n`);
    const found = rows(csv);
    assert.deepEqual(
      found.map(({ row }) => row),
      [0, 1, 2, 3, 4, 5],
    );
    assert.deepEqual(
      found.map(({ rejected }) => rejected ?? null),
      [null, "TS_INVALID", null, "NO_VALUES", "FIELD_MISSING", "FIELD_UNKNOWN"],
    );
    assert.equal(found[0]?.["timestamp"], "2026-01-01T00:00:00.000Z");
    assert.equal(found[0]?.["state"], "learning");
  });

  it("reads a compressed file without a header, whose rows carry no time", () => {
    const plain =
      'header: [x, y]\ntimestamp: { start: "2026-01-01T00:00:00Z", step_s: 180 }\nmetrics: { q: { columns: [x, y], take: mean, unit: "1" } }\n';
    const bytes = gzipSync(Array.from({ length: 60 }, (_, n) => `${n % 7},${n % 5}\n`).join(""));
    const found = rows(fileOf("plain.csv.gz", bytes), fileOf("plain.yaml", plain), [
      "--device",
      "M9",
    ]);
    assert.equal(found.length, 60);
    assert.equal(found[1]?.["timestamp"], "2026-01-01T00:03:00.000Z");
    const keys = ["row", "timestamp", "state", "score", "contributions"];
    assert.deepEqual(Object.keys(found[59] ?? {}), keys);
  });

  it("refuses a map that does not fit", () => {
    const csv = fileOf("other.csv", "t_s;machine;a\n0;M1;1\n");
    assert.deepEqual(verdict(["detect", csv, "--map", map]), [1, "MAP_INVALID"]);
    const velocity = fileOf("velocity.yaml", readFileSync(map, "utf8").replace("m/s²", "mm/s"));
    assert.deepEqual(verdict(["detect", csv, "--map", velocity]), [1, "MAP_INVALID"]);
    assert.deepEqual(verdict(["detect", join(folder, "no.csv"), "--map", map]), [
      1,
      "RECORDING_INVALID",
    ]);
  });
});

describe("beside a running IAI", () => {
  const dataDir = join(folder, "data");
  let iai: IaiProcess;
  let admin = "";
  before(async () => {
    iai = await startIai({ dataDir, forSuite: true });
    admin = createKey(dataDir, "admin");
  });
  after(() => iai.stop());
  const here = ["--data-dir", dataDir];
  const recording = fileOf(
    "old.csv",
    `t_s;machine;a;b;p;s;label\n${Array.from({ length: 20 }, (_, n) => `${n};M1;1;2;3;${n};0`).join("\n")}\n`,
  );
  const old = fileOf("old.yaml", readFileSync(map, "utf8").replace("2026", "2020"));
  const replay = (more: readonly string[]) => {
    const key = createKey(dataDir, "ingest");
    const about = ["--map", old, "--device", "R1", "--url", iai.apiUrl, "--key", key];
    return runIai(["replay", recording, ...about, ...more]);
  };
  const readings = async () => {
    await untilIdle(iai.apiUrl, admin);
    const url = `${iai.apiUrl}/api/v1/readings?device_id=R1`;
    return (await call<{ items: { timestamp: string }[] }>(url, admin)).body.items ?? [];
  };

  it("prints a new key as {id, key, role} and nothing else; it works until it is revoked", async () => {
    const done = runIai(["key", "create", "--name", "g", "--role", "viewer", "--json", ...here]);
    const made = JSON.parse(done.stdout) as { id: string; key: string; role: string };
    assert.deepEqual(Object.keys(made), ["id", "key", "role"]);
    assert.equal(linesOf(done.stdout).length, 1);
    const ask = () => call(`${iai.apiUrl}/api/v1/devices`, made.key);
    assert.equal((await ask()).status, 200);
    assert.equal(runIai(["key", "revoke", made.id, ...here]).status, 0);
    await until(ask, ({ status }) => status === 401, 5_000);
    assert.ok(!runIai(["key", "list", ...here]).stdout.includes(made.key));
  });

  it("sends nothing of a recording older than the retention and names the way out", async () => {
    const done = replay([]);
    assert.equal(done.status, 1);
    assert.ok(done.stderr.includes("--shift-to-now") && done.stderr.includes("[TS_TOO_OLD]"));
    assert.deepEqual(await readings(), []);
  });

  it("shifts a recording so that its last row is sent at its own time", async () => {
    const done = replay(["--shift-to-now", "--speed", "10"]);
    const sentAt = Date.now();
    assert.equal(done.status, 0, done.stderr);
    assert.ok(!done.stdout.includes("\u001b") && !done.stderr.includes("\u001b"));
    const times = (await readings()).map(({ timestamp }) => Date.parse(timestamp));
    assert.equal(times.length, 20);
    assert.equal(Math.max(...times) - Math.min(...times), 19_000);
    assert.ok(Math.abs(sentAt - Math.max(...times)) < 3_000);
  });

  it("fails at once where nobody answers or the key is unknown", () => {
    const args = [
      "replay",
      recording,
      "--map",
      old,
      "--device",
      "R1",
      "--shift-to-now",
      "--key",
      "iai_x",
    ];
    assert.deepEqual(verdict([...args, "--url", "http://127.0.0.1:9"]), [1, "BUS_UNREACHABLE"]);
    assert.deepEqual(verdict([...args, "--url", iai.apiUrl]), [1, "UNAUTHENTICATED"]);
    assert.deepEqual(verdict([...args, "--url", "not an address"]), [2, "USAGE"]);
  });

  it("is healthy, exports whole rows, copies its records and keeps its audit log whole", () => {
    assert.equal(runIai(["health", ...here]).status, 0);
    assert.equal(runIai(["doctor", ...here]).status, 0);
    const rows = linesOf(runIai(["export", "readings", "--device", "R1", ...here]).stdout);
    assert.equal(rows.length, 20);
    const csv = runIai(["export", "readings", "--format", "csv", ...here]).stdout;
    assert.ok(csv.startsWith("device_id,timestamp"));
    assert.equal(runIai(["verify-audit", ...here]).status, 0);
    const copy = join(folder, "copy.db");
    assert.equal(runIai(["backup", copy, ...here]).status, 0);
    assert.ok(existsSync(copy));
    assert.deepEqual(verdict(["restore", copy, ...here]), [1, "DATA_DIR_IN_USE"]);
    assert.deepEqual(verdict(["start", ...here]), [1, "DATA_DIR_IN_USE"]);
  });

  it("stops gracefully, then says that nothing runs", () => {
    assert.equal(runIai(["stop", ...here]).status, 0);
    const gone = { IAI_API_PORT: "9" };
    assert.equal(runIai(["health", ...here], gone).status, 1);
    assert.equal(runIai(["stop", ...here]).status, 0);
    assert.equal(runIai(["rebuild", ...here]).status, 0);
  });
});

describe("iai demo", () => {
  it("plays a recording in place of the simulated machine that has its name, and leaves nothing", () => {
    const rows = Array.from({ length: 20 }, (_, n) => `${n};PUMP_01;1;2;3;${n};0`);
    const csv = fileOf("demo.csv", ["t_s;machine;a;b;p;s;label", ...rows].join("\n"));
    const ports = { IAI_API_PORT: "0", IAI_CONSOLE_PORT: "0", IAI_CONSOLE_ENABLED: "false" };
    const about = ["--replay", csv, "--map", map, "--speed", "10", "--for", "12"];
    const done = runIai(["demo", "--no-open", ...about], { ...ports, TMPDIR: folder });
    assert.equal(done.status, 0, done.stderr);
    assert.ok(done.stdout.includes("20 of 20"), done.stdout);
    assert.ok(!done.stdout.includes("\u001b"));
    const left = readdirSync(folder).filter((name) => name.startsWith("iai-demo-"));
    assert.deepEqual(left, []);
  });
});
