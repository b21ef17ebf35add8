import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { createClient } from "redis";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { identify } from "./process-identity.ts";
import { isAlive } from "./processes.ts";

interface Run {
  readonly connection: { readonly port: number; readonly adminPassword: string };
  readonly processes: readonly { readonly pid: number }[];
  readonly folder: string;
}

describe("iai servers", () => {
  const runs = temporaryFolder("servers");
  after(() => say("down"));
  beforeEach(() => say("down", "redis"));

  function say(...words: readonly string[]) {
    return sayIn({ IAI_SERVERS_RUN: runs }, words);
  }

  async function upRedis(): Promise<Run> {
    const done = await say("up", "redis", "--json");
    assert.equal(done.code, 0, done.stderr);
    const [run] = JSON.parse(done.stdout) as Run[];
    assert.ok(run);
    return run;
  }

  async function stateOfRedis(): Promise<{ code: number; state: string; bytes: number }> {
    const done = await say("status", "redis", "--json");
    const [one] = JSON.parse(done.stdout) as { state: string; resident_bytes: number }[];
    assert.ok(one);
    return { code: done.code, state: one.state, bytes: one.resident_bytes };
  }

  it("brings a server up that outlives the command, tells its state, and takes it down with its data", async () => {
    const run = await upRedis();
    assert.equal(await atRedis(run, (client) => client.ping()), "PONG");
    const up = await stateOfRedis();
    assert.deepEqual([up.code, up.state], [0, "running"]);
    assert.ok(up.bytes > 1_000_000, `${up.bytes}`);

    assert.equal((await say("down", "redis")).code, 0);
    assert.equal(isAlive(pidOf(run)), false);
    assert.equal(existsSync(run.folder), false);
    const down = await stateOfRedis();
    assert.deepEqual([down.code, down.state, down.bytes], [1, "stopped", 0]);
  });

  it("leaves a server alone that runs already", async () => {
    const first = await upRedis();
    assert.deepEqual(await upRedis(), first);
  });

  it("tells a server that died, and starts it again with its data and its address", async () => {
    const run = await upRedis();
    await atRedis(run, (client) => client.set("a", "1"));
    process.kill(pidOf(run), "SIGKILL");
    const dead = await stateOfRedis();
    assert.deepEqual([dead.code, dead.state], [1, "gone"]);

    const again = await upRedis();
    assert.deepEqual(again.connection, run.connection);
    assert.notEqual(pidOf(again), pidOf(run));
    assert.equal(await atRedis(again, (client) => client.get("a")), "1");
  });

  it("takes a frozen server down", async () => {
    const run = await upRedis();
    process.kill(pidOf(run), "SIGSTOP");
    assert.equal((await stateOfRedis()).state, "frozen");
    assert.equal((await say("down", "redis")).code, 0);
    assert.equal(isAlive(pidOf(run)), false);
  });

  it("never ends a process that has the id of one it started before", async () => {
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const pid = stranger.pid ?? 0;
    const place = join(runs, "redis", "place");
    mkdirSync(place, { recursive: true });
    const earlier = { name: "redis", ...identify(pid), startTicks: 1 };
    writeFileSync(join(place, "processes.ndjson"), `${JSON.stringify(earlier)}\n`);
    const run = {
      name: "redis",
      version: "7",
      ports: [1, 2],
      connection: {},
      processes: [{ pid }],
    };
    writeFileSync(join(runs, "redis", "run.json"), JSON.stringify(run));

    assert.equal((await stateOfRedis()).state, "gone");
    assert.equal((await say("down", "redis")).code, 0);
    assert.equal(isAlive(pid), true);
    stranger.kill("SIGKILL");
  });

  it("keeps what it knows of passwords to its user", async () => {
    await upRedis();
    assert.equal(statSync(join(runs, "redis", "run.json")).mode & 0o077, 0);
  });

  it("says why a server cannot be had, and fails", async () => {
    const nowhere = { IAI_SERVERS_RUN: runs, IAI_SERVERS_CACHE: "/dev/null/nowhere" };
    const done = await sayIn(nowhere, ["up", "redis"]);
    assert.equal(done.code, 1);
    assert.notEqual(done.stderr, "");
    assert.equal(done.stdout, "");
  });

  for (const words of [[], ["begin"], ["up", "postgres"], ["up", "--jsno"]]) {
    it(`answers "${words.join(" ")}" with how it is used, and does nothing`, async () => {
      const done = await say(...words);
      assert.equal(done.code, 2);
      assert.match(done.stderr, /Usage:/);
      assert.equal((await stateOfRedis()).state, "stopped");
    });
  }

  it("explains itself", async () => {
    const done = await say("--help");
    assert.equal(done.code, 0);
    assert.match(done.stdout, /Usage:/);
  });
});

function sayIn(
  env: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const main = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...words],
      { env: { ...process.env, ...env } },
      (_failure, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

function pidOf(run: Run): number {
  const pid = run.processes[0]?.pid;
  assert.ok(pid);
  return pid;
}

async function atRedis<T>(
  run: Run,
  use: (client: ReturnType<typeof createClient>) => Promise<T>,
): Promise<T> {
  const { port, adminPassword } = run.connection;
  const client = createClient({ url: `redis://127.0.0.1:${port}`, password: adminPassword });
  await client.connect();
  try {
    return await use(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}
