import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createClient } from "redis";
import { parse } from "yaml";
import { redisCacheConfig } from "../../src/backends/cache/redis/config.ts";
import { eventually } from "../fixtures/eventually.ts";
import { startIai } from "../fixtures/iai-process.ts";
import { installDebianPrograms } from "../servers/debian-packages.ts";
import {
  endProcesses,
  freePorts,
  isPortFree,
  logOf,
  portOf,
  startProgram,
  waitUntilReady,
} from "../servers/processes.ts";
import type { ServerPlace, StartedProcess } from "../servers/server.ts";
import { root } from "../tidy/sources.ts";

/* Files of deploy/ put to what they are for, as far as this can be done without containers. */

const folder = mkdtempSync(join(tmpdir(), "iai-deploy-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const deploy = join(folder, "deploy");
cpSync(join(root, "deploy"), deploy, { recursive: true });

describe("Redis as docker-compose.yml starts it", () => {
  const password = "only-of-this-run";
  let place: ServerPlace;
  let redis: StartedProcess;

  before(async () => {
    installDebianPrograms([{ file: "/usr/bin/redis-server", packageName: "redis-server" }]);
    assert.equal(spawnSync("sh", [join(deploy, "scripts/make_secrets.sh")]).status, 0);
    place = { cache: folder, folder, ports: await freePorts(1) };
    const data = join(folder, "data");
    mkdirSync(data);
    const { services } = parse(readFileSync(join(deploy, "docker-compose.yml"), "utf8"), {
      merge: true,
    }) as { services: { redis: { command: readonly string[] } } };
    // Other paths and another port; compose itself takes one of two dollars away.
    const script = (services.redis.command[2] ?? "")
      .replaceAll("$$", "$")
      .replace(
        "cat /etc/redis/redis.conf",
        `sed -e s,/etc/iai-tls,${deploy}/tls, -e s,/data,${data}, -e s,6379,${portOf(place, 0)}, ${deploy}/redis/redis.conf`,
      );
    redis = startProgram(place, {
      name: "redis",
      command: "sh",
      args: ["-c", script],
      env: { REDIS_PASSWORD: password },
    });
    await waitUntilReady(place, redis, {
      ready: async () => (await ask({ username: "iai", password }, ["PING"])) === "PONG",
      withinMs: 30_000,
    });
  });
  after(() => endProcesses([redis], 10_000));

  async function ask(
    user: { readonly username?: string; readonly password?: string },
    command: string[],
  ): Promise<unknown> {
    const client = createClient({
      ...user,
      socket: {
        host: "127.0.0.1",
        port: portOf(place, 0),
        tls: true,
        ca: readFileSync(join(deploy, "tls", "ca.pem")),
        reconnectStrategy: false,
      },
    });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }

  it("lets the roles' user work with its own keys, over TLS that the made authority signed", async () => {
    const user = { username: "iai", password };
    assert.equal(await ask(user, ["SET", "iai:x", "1"]), "OK");
    assert.equal(await ask(user, ["GET", "iai:x"]), "1");
  });

  it("lets nobody in without the password, and the user no further than its keys", async () => {
    await assert.rejects(ask({}, ["PING"]), /NOAUTH/);
    await assert.rejects(ask({ username: "iai", password: "x" }, ["PING"]), /WRONGPASS/);
    const user = { username: "iai", password };
    await assert.rejects(ask(user, ["SET", "other", "1"]), /NOPERM/);
    await assert.rejects(ask(user, ["CONFIG", "GET", "*"]), /NOPERM/);
  });

  it("shows its password to nobody who lists the processes", () => {
    const line = readFileSync(`/proc/${redis.pid}/cmdline`, "utf8");
    assert.match(line, /^redis-server/);
    assert.ok(!line.includes(password));
  });

  it("is the Redis that iai.yaml speaks to", () => {
    const { cache } = parse(readFileSync(join(deploy, "iai/iai.yaml"), "utf8")) as {
      cache: Readonly<Record<string, unknown>>;
    };
    const config = redisCacheConfig.parse({ ...cache, password });
    assert.equal(config.username, "iai");
    assert.equal(config.keyPrefix, "iai:");
    assert.equal(config.port, 6379);
  });

  it("ends in order by the signal that compose sends: no shell stands between", async () => {
    process.kill(redis.pid, "SIGTERM");
    await eventually(() => isPortFree(portOf(place, 0)));
    const log = readFileSync(logOf(place, "redis"), "utf8");
    assert.match(log, /SIGTERM/);
  });
});

describe("health_check.sh beside one IAI", () => {
  // Only the disk that this repository is on, and no docker: what is asked is IAI.
  const look = (dataDir: string) =>
    spawnSync("sh", [join(root, "deploy/scripts/health_check.sh")], {
      encoding: "utf8",
      env: { ...process.env, IAI_DATA_DIR: dataDir },
    });

  it("is content while IAI is ready, and says so by its exit code when it is not", async () => {
    const dataDir = join(folder, "iai");
    const iai = await startIai({ dataDir });
    const well = look(dataDir);
    assert.equal(well.status, 0, well.stdout + well.stderr);
    assert.equal(await iai.stop(), 0);
    assert.equal(look(dataDir).status, 1);
  });
});
