import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mavenJars } from "../maven-jars.ts";
import { placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";
import type { ServerHandle } from "../server-handle.ts";

/** The one that `pom.xml` names; `jars.sha256` has every file. */
const VERSION = "1.1.2";
const jars = mavenJars("milo", import.meta.dirname);

/** Two pumps of an OPC-UA server of Eclipse Milo, and a port that sets their values and their faults. */
export const miloServer: ServerKind = {
  name: "milo",
  portCount: 2,
  fetch: async (cache) => jars.fetch(cache),
  start: async (place) => {
    const folder = join(place.folder, "certificates");
    const password = placePassword(place, "iai");
    const ports = [portOf(place, 0), portOf(place, 1)].map(String);
    const started = startProgram(place, {
      name: "milo",
      command: "java",
      args: [
        ...["-Xmx256m", "-cp", join(jars.lib(place.cache), "*")],
        ...[join(import.meta.dirname, "MiloServer.java"), ...ports, folder, password],
      ],
    });
    await waitUntilReady(place, started, { ready: () => answers(place), withinMs: 120_000 });
    return {
      version: VERSION,
      processes: [started],
      connection: {
        url: `opc.tcp://127.0.0.1:${portOf(place, 0)}/plant`,
        controlPort: portOf(place, 1),
        username: "iai",
        password,
        certificates: folder,
      },
    };
  },
};

/** What somebody at the machines does: `set NODE VALUE STATUS SOURCE_MS`, `end-sessions`, `load TAGS EVERY_MS`. */
export async function tellMilo(server: ServerHandle, command: string): Promise<void> {
  const socket = connect(Number(server.connection["controlPort"]), "127.0.0.1");
  await once(socket, "connect");
  socket.write(`${command}\n`);
  const [answer] = (await once(createInterface({ input: socket }), "line")) as [string];
  socket.destroy();
  if (answer !== "done") throw new Error(answer);
}

/** The control port opens last. */
async function answers(place: ServerPlace): Promise<boolean> {
  const socket = connect(portOf(place, 1), "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.once("error", reject);
  });
  socket.destroy();
  return true;
}
