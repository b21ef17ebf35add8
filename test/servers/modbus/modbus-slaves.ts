import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { ServerHandle } from "../server-handle.ts";

/** What a slave does with requests from now on. */
export type SlaveFault = "pass" | "busy" | "drop" | "truncate" | "slow" | "flip";

/** The slaves as somebody at the machine sees them. */
export interface ModbusSlaves {
  set(unit: number, code: 1 | 2 | 3 | 4, address: number, values: readonly number[]): Promise<void>;
  setFloat(unit: number, address: number, value: number): Promise<void>;
  fault(unit: number, kind: SlaveFault, ms?: number): Promise<void>;
  /** Function codes of all requests that reached them since they started. */
  functions(): Promise<readonly number[]>;
}

export function slavesOf(server: ServerHandle): ModbusSlaves {
  const say = async (command: object): Promise<Record<string, unknown>> => {
    const socket: Socket = connect(Number(server.connection["controlPort"]), "127.0.0.1");
    await once(socket, "connect");
    socket.write(`${JSON.stringify(command)}\n`);
    const [line] = (await once(createInterface({ input: socket }), "line")) as [string];
    socket.destroy();
    const answer = JSON.parse(line) as Record<string, unknown>;
    if (typeof answer["failure"] === "string") throw new Error(answer["failure"]);
    return answer;
  };
  const set: ModbusSlaves["set"] = async (unit, code, address, values) =>
    void (await say({ set: { unit, function: code, address, values } }));
  return {
    set,
    setFloat: (unit, address, value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      return set(unit, 3, address, [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]);
    },
    fault: async (unit, kind, ms = 0) => void (await say({ fault: { unit, kind, ms } })),
    functions: async () => {
      const { functions } = await say({ functions: true });
      return Object.keys(functions as Record<string, number>).map(Number);
    },
  };
}
