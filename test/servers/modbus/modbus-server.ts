import { execFileSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { portOf, startProgram, waitUntilReady } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/** The one that `requirements.txt` pins, with its checksum. */
const VERSION = "3.16.1";
const here = import.meta.dirname;

/** Three slaves of pymodbus, and a port that sets their values and their faults. */
export const modbusServer: ServerKind = {
  name: "modbus",
  portCount: 3,
  fetch: async (cache) => installPymodbus(folderIn(cache)),
  start: async (place) => {
    const ports = [0, 1, 2].map((index) => portOf(place, index));
    const started = startProgram(place, {
      name: "pymodbus",
      command: pythonIn(folderIn(place.cache)),
      args: [join(here, "modbus_server.py"), ...ports.map(String)],
    });
    await waitUntilReady(place, started, { ready: () => answers(place), withinMs: 30_000 });
    return {
      version: VERSION,
      processes: [started],
      connection: {
        host: "127.0.0.1",
        port: portOf(place, 0),
        controlPort: portOf(place, 1),
        rtuPort: portOf(place, 2),
      },
    };
  },
};

const folderIn = (cache: string): string => join(cache, `pymodbus-${VERSION}`);
const pythonIn = (folder: string): string => join(folder, "bin", "python");

function installPymodbus(folder: string): void {
  if (existsSync(folder)) return;
  const making = `${folder}.new`;
  rmSync(making, { recursive: true, force: true });
  const run = (command: string, ...args: string[]): void => {
    try {
      execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    } catch (failure) {
      const { stderr, message } = failure as { stderr?: string; message: string };
      throw new Error(`Cannot install pymodbus: ${stderr?.trim().slice(-500) || message}`);
    }
  };
  run("python3", "-m", "venv", making);
  const requirements = join(here, "requirements.txt");
  const install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements];
  run(pythonIn(making), ...install);
  renameSync(making, folder);
}

/** All ports take connections. */
async function answers(place: ServerPlace): Promise<boolean> {
  for (const index of [0, 1, 2]) {
    const socket = connect(portOf(place, index), "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    socket.destroy();
  }
  return true;
}
