import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { installDebianPrograms } from "../debian-packages.ts";
import { placeCertificate, placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/** Debian's, at the version of the release that runs here. */
const program = { file: "/usr/bin/redis-server", packageName: "redis-server" };

/** Keys that the user `iai` may touch. */
const PREFIX = "iai:";

/** Redis with passwords, a user that may touch its own keys only, TLS on a second port, and every write kept. */
export const redisServer: ServerKind = {
  name: "redis",
  portCount: 2,
  fetch: async () => installDebianPrograms([program]),
  start: async (place) => {
    const password = placePassword(place, "iai");
    const adminPassword = placePassword(place, "default");
    mkdirSync(join(place.folder, "data"), { recursive: true });
    const config = writeConfig(place, "redis.conf", configOf(place));
    const started = startProgram(place, {
      name: "redis",
      command: program.file,
      args: [config],
    });
    await waitUntilReady(place, started, {
      ready: () => answers(portOf(place, 0), adminPassword),
      withinMs: 30_000,
    });
    return {
      version: versionOf(execFileSync(program.file, ["--version"], { encoding: "utf8" })),
      processes: [started],
      connection: {
        host: "127.0.0.1",
        port: portOf(place, 0),
        tlsPort: portOf(place, 1),
        caFile: placeCertificate(place).caFile,
        username: "iai",
        password,
        prefix: PREFIX,
        adminPassword,
      },
    };
  },
};

function configOf(place: ServerPlace): string {
  const tls = placeCertificate(place);
  return [
    "bind 127.0.0.1",
    `port ${portOf(place, 0)}`,
    `tls-port ${portOf(place, 1)}`,
    `tls-cert-file ${tls.certFile}`,
    `tls-key-file ${tls.keyFile}`,
    `tls-ca-cert-file ${tls.caFile}`,
    "tls-auth-clients no",
    `requirepass ${placePassword(place, "default")}`,
    `user iai on >${placePassword(place, "iai")} ~${PREFIX}* &${PREFIX}* +@all -@admin -@dangerous`,
    `dir ${join(place.folder, "data")}`,
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    "maxmemory 64mb",
    "maxmemory-policy allkeys-lru",
    "daemonize no",
    "",
  ].join("\n");
}

/** Redis says that it takes commands; while it loads its file it does not. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1_000 });
    let text = "";
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => socket.write(`AUTH default ${password}\r\nPING\r\n`));
    socket.on("data", (bytes) => {
      text += bytes.toString("utf8");
      if (text.split("\r\n").length > 2) end(text.includes("+PONG"));
    });
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
  });
}

/** From `Redis server v=7.0.15 sha=00000000:0 …`. */
function versionOf(said: string): string {
  return /v=(\S+)/.exec(said)?.[1] ?? said.trim();
}
