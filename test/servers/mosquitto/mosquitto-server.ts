import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { installDebianPrograms } from "../debian-packages.ts";
import { placeCertificate, placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/** Debian's, at the version of the release that runs here. */
const program = { file: "/usr/sbin/mosquitto", packageName: "mosquitto" };
/** The clients of the same project, as second opinions. */
const clients = { file: "/usr/bin/mosquitto_pub", packageName: "mosquitto-clients" };
const passwordProgram = { file: "/usr/bin/mosquitto_passwd", packageName: "mosquitto" };

/** Who may do what; `stranger` may sign in and do nothing. */
const ACL = `user iai
topic read iai/+/+/+/readings
topic read spBv1.0/#
topic write spBv1.0/+/NCMD/#
topic write iai/+/+/+/alarms

user gateway
topic write iai/+/+/+/readings
topic write spBv1.0/#
topic read iai/+/+/+/alarms
topic read spBv1.0/+/NCMD/#

user admin
topic readwrite #

user stranger
`;
const users = ["iai", "gateway", "admin", "stranger"] as const;

/** Mosquitto with users, rights by topic, sessions that outlive it; plain, TLS, and TLS with client certificates. */
export const mosquittoServer: ServerKind = {
  name: "mosquitto",
  portCount: 3,
  fetch: async () => installDebianPrograms([program, passwordProgram, clients]),
  start: async (place) => {
    mkdirSync(join(place.folder, "data"), { recursive: true });
    const config = writeConfig(place, "mosquitto.conf", configOf(place));
    const started = startProgram(place, {
      name: "mosquitto",
      command: program.file,
      args: ["-c", config],
    });
    await waitUntilReady(place, started, { ready: () => takesUsers(place), withinMs: 30_000 });
    return {
      version: versionOfProgram(),
      processes: [started],
      connection: {
        host: "127.0.0.1",
        port: portOf(place, 0),
        tlsPort: portOf(place, 1),
        clientTlsPort: portOf(place, 2),
        caFile: placeCertificate(place).caFile,
        ...Object.fromEntries(users.map((user) => [`${user}Password`, placePassword(place, user)])),
      },
    };
  },
};

function configOf(place: ServerPlace): string {
  const tls = placeCertificate(place);
  return [
    // Else it changes to a user of its own, who may not read what lies in this place.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    "per_listener_settings false",
    "allow_anonymous false",
    `password_file ${passwordFile(place)}`,
    `acl_file ${writeConfig(place, "acl", ACL)}`,
    "persistence true",
    `persistence_location ${join(place.folder, "data")}/`,
    // What it holds for a client that is away is on the disk after each change: a kill loses none of it.
    "autosave_on_changes true",
    "autosave_interval 1",
    "max_queued_messages 100000",
    "max_inflight_messages 1000",
    "log_dest stderr",
    "connection_messages true",
    `listener ${portOf(place, 0)} 127.0.0.1`,
    `listener ${portOf(place, 1)} 127.0.0.1`,
    `cafile ${tls.caFile}`,
    `certfile ${tls.certFile}`,
    `keyfile ${tls.keyFile}`,
    `listener ${portOf(place, 2)} 127.0.0.1`,
    `cafile ${tls.caFile}`,
    `certfile ${tls.certFile}`,
    `keyfile ${tls.keyFile}`,
    "require_certificate true",
    "",
  ].join("\n");
}

function passwordFile(place: ServerPlace): string {
  const path = join(place.folder, "passwords");
  if (existsSync(path)) return path;
  const lines = users.map((user) => `${user}:${placePassword(place, user)}\n`).join("");
  writeConfig(place, "passwords.new", lines);
  execFileSync(passwordProgram.file, ["-U", "passwords.new"], { cwd: place.folder });
  execFileSync("mv", ["passwords.new", "passwords"], { cwd: place.folder });
  return path;
}

async function takesUsers(place: ServerPlace): Promise<boolean> {
  const client = await connectAsync(`mqtt://127.0.0.1:${portOf(place, 0)}`, {
    username: "admin",
    password: placePassword(place, "admin"),
    reconnectPeriod: 0,
    connectTimeout: 2_000,
  });
  await client.endAsync();
  return true;
}

/** From `mosquitto version 2.0.11`, the first line of its help. */
function versionOfProgram(): string {
  const said = spawnSync(program.file, ["-h"], { encoding: "utf8" }).stdout;
  return /version (\S+)/.exec(said)?.[1] ?? "unknown";
}
