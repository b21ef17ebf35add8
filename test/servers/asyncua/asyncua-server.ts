import { execFileSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/** The one that `requirements.txt` pins, with its checksum and those of all that it needs. */
const VERSION = "2.1.0";
/** Life of the server's certificate. */
const CERTIFICATE_DAYS = 30;
const here = import.meta.dirname;
const program = join(here, "asyncua_server.py");

/** Two pumps of an OPC-UA server of asyncua, and a port that sets their values and their faults. */
export const asyncuaServer: ServerKind = {
  name: "asyncua",
  portCount: 2,
  fetch: async (cache) => installAsyncua(folderIn(cache)),
  start: async (place) => {
    const ports = [portOf(place, 0), portOf(place, 1)];
    const python = pythonIn(folderIn(place.cache));
    const certificates = join(place.folder, "certificates");
    const certify = (days: number): void =>
      void execFileSync(python, [program, "certify", certificates, String(days)]);
    if (!existsSync(certificates)) certify(CERTIFICATE_DAYS);
    const password = placePassword(place, "iai");
    const started = startProgram(place, {
      name: "asyncua",
      command: python,
      args: [program, ...ports.map(String), certificates, password],
    });
    await waitUntilReady(place, started, { ready: () => answers(place), withinMs: 90_000 });
    return {
      version: VERSION,
      processes: [started],
      connection: {
        url: `opc.tcp://127.0.0.1:${portOf(place, 0)}/plant/`,
        controlPort: portOf(place, 1),
        username: "iai",
        password,
        python,
        certificates,
      },
    };
  },
};

const folderIn = (cache: string): string => join(cache, `asyncua-${VERSION}`);
const pythonIn = (folder: string): string => join(folder, "bin", "python");

function installAsyncua(folder: string): void {
  if (existsSync(folder)) return;
  const making = `${folder}.new`;
  rmSync(making, { recursive: true, force: true });
  const run = (command: string, ...args: string[]): void => {
    try {
      execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    } catch (failure) {
      const { stderr, message } = failure as { stderr?: string; message: string };
      throw new Error(`Cannot install asyncua: ${stderr?.trim().slice(-500) || message}`);
    }
  };
  run("python3", "-m", "venv", making);
  const requirements = join(here, "requirements.txt");
  const install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements];
  run(pythonIn(making), ...install);
  renameSync(making, folder);
}

/** Both ports take connections. */
async function answers(place: ServerPlace): Promise<boolean> {
  for (const index of [0, 1]) {
    const socket = connect(portOf(place, index), "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    socket.destroy();
  }
  return true;
}
