import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ServerHandle } from "../server-handle.ts";

/** A value as the server shows it from now on; null for a time: it has none. */
export interface PlantValue {
  readonly node: string;
  readonly value?: number | string | boolean | readonly number[] | null;
  readonly type?: string;
  readonly status?: string;
  readonly source_ms?: number | null;
  readonly server_ms?: number | null;
}

/** The plant behind the server of asyncua, as somebody at the machines sees it. */
export interface AsyncuaPlant {
  set(value: PlantValue): Promise<void>;
  /** Source times of a node's values in notifications that were acknowledged. */
  acknowledged(node: string): Promise<readonly (number | null)[]>;
  /** How often each service was asked for since the server started. */
  requests(): Promise<Readonly<Record<string, number>>>;
  /** How users signed in: `password`, `certificate` or `nobody`. */
  logins(): Promise<readonly string[]>;
  /** Makes a key pair in a folder: `server.der` and `server.pem`. */
  makeCertificate(folder: string): void;
  /** All sessions end, as after their time-out. */
  endSessions(): Promise<void>;
  /** Subscriptions that exist now say nothing of values any more, and live on. */
  mute(): Promise<void>;
  /** Another certificate at the next start; with less than no days it has expired. */
  renewCertificate(days: number): void;
}

export function plantOf(server: ServerHandle): AsyncuaPlant {
  const { controlPort, python, certificates } = server.connection;
  const say = async (command: object): Promise<Record<string, unknown>> => {
    const socket: Socket = connect(Number(controlPort), "127.0.0.1");
    await once(socket, "connect");
    socket.write(`${JSON.stringify(command)}\n`);
    const [line] = (await once(createInterface({ input: socket }), "line")) as [string];
    socket.destroy();
    const answer = JSON.parse(line) as Record<string, unknown>;
    if (typeof answer["failure"] === "string") throw new Error(answer["failure"]);
    return answer;
  };
  const certify = (folder: string, days: number): void => {
    const program = join(import.meta.dirname, "asyncua_server.py");
    execFileSync(String(python), [program, "certify", folder, String(days)]);
  };
  return {
    set: async (value) => void (await say({ set: value })),
    acknowledged: async (node) => (await say({ acknowledged: node }))["times"] as number[],
    requests: async () => (await say({ requests: true }))["requests"] as Record<string, number>,
    logins: async () => (await say({ logins: true }))["logins"] as string[],
    makeCertificate: (folder) => certify(folder, 30),
    endSessions: async () => void (await say({ end_sessions: true })),
    mute: async () => void (await say({ mute: true })),
    renewCertificate: (days) => certify(String(certificates), days),
  };
}
