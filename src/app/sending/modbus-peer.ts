import { once } from "node:events";
import { join } from "node:path";
import type { ServerTCP } from "modbus-serial";
import type { MachineType } from "../../backends/source-adapter/simulator/machine-types.ts";
import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import { allTaken, type PlantPeer, type PlantReading, type WireFile } from "./plant-peer.ts";

export interface ModbusPeerOptions {
  readonly machines: readonly SimulatedMachine[];
  /** Of the first server; the next ones take the ports behind it. */
  readonly port: number;
  /** Folder in which its files will lie. */
  readonly folder: string;
  /** How often its registers change. */
  readonly everyMs: Ms;
}

const HOST = "127.0.0.1";
/** Units 1 to 247 are slaves (Modbus Application Protocol V1.1b3, 4.1 and Modbus over Serial Line V1.02, 2.2). */
const UNITS = 247;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

/** A value takes two input registers, in the order of the machine's metrics; NaN: no measurement. */
export const addressOf = (type: MachineType, metric: string): number =>
  2 * Object.keys(type.metrics).indexOf(metric);

/** The plant as Modbus TCP slaves on loopback, a unit for each machine and a port for each 247 of them; nothing can be written. */
export function createModbusPeer(options: ModbusPeerOptions): PlantPeer {
  const { machines, port } = options;
  const memory = machines.map(({ type }) => emptyRegisters(type));
  const places = new Map(machines.map(({ deviceId }, n) => [deviceId, n]));
  const servers: ServerTCP[] = [];
  const ports = Math.ceil(machines.length / UNITS);
  return {
    address: `modbus://${HOST}:${ports === 1 ? port : `${port}–${port + ports - 1}`}`,
    notes: [`${machines.length} slaves, input registers (function 4) of float32, read only`],
    files: filesOf(options),
    open: async () => {
      for (let n = 0; n < ports; n += 1) {
        const first = n * UNITS;
        const registersOf = (unit: number) =>
          unit >= 1 && unit <= UNITS ? memory[first + unit - 1] : undefined;
        servers.push(await listen(port + n, registersOf));
      }
    },
    send: async (readings) => {
      for (const reading of readings) {
        const registers = memory[places.get(reading.deviceId) ?? -1];
        if (registers !== undefined) writeRegisters(registers, reading);
      }
      return allTaken(readings.length);
    },
    close: async () => {
      await Promise.all(servers.splice(0).map(shut));
    },
  };
}

function emptyRegisters(type: MachineType): Buffer {
  const registers = Buffer.alloc(4 * Object.keys(type.metrics).length);
  for (let at = 0; at < registers.length; at += 4) registers.writeFloatBE(Number.NaN, at);
  return registers;
}

function writeRegisters(registers: Buffer, { machine, values }: PlantReading): void {
  Object.keys(machine.type.metrics).forEach((name, n) => {
    registers.writeFloatBE(values[name] ?? Number.NaN, 4 * n);
  });
}

async function listen(
  port: number,
  registersOf: (unit: number) => Buffer | undefined,
): Promise<ServerTCP> {
  const { ServerTCP } = await import("modbus-serial");
  const refuse = (modbusErrorCode: number): never => {
    throw Object.assign(new Error("refused"), { modbusErrorCode });
  };
  const vector = {
    getMultipleInputRegisters: (address: number, length: number, unit: number) => {
      const registers = registersOf(unit);
      if (registers === undefined || 2 * (address + length) > registers.length)
        return refuse(ILLEGAL_ADDRESS);
      return Array.from({ length }, (_, n) => registers.readUInt16BE(2 * (address + n)));
    },
    getInputRegister: (address: number, unit: number) => {
      const registers = registersOf(unit);
      if (registers === undefined || 2 * (address + 1) > registers.length)
        return refuse(ILLEGAL_ADDRESS);
      return registers.readUInt16BE(2 * address);
    },
    getCoil: () => refuse(ILLEGAL_FUNCTION),
    getDiscreteInput: () => refuse(ILLEGAL_FUNCTION),
    getHoldingRegister: () => refuse(ILLEGAL_FUNCTION),
    setCoil: () => refuse(ILLEGAL_FUNCTION),
    setRegister: () => refuse(ILLEGAL_FUNCTION),
  };
  // Unit 255 of the library: answer for all of them.
  const server = new ServerTCP(vector, { host: HOST, port, unitID: 255 });
  server.on("socketError", () => undefined);
  const failed = once(server, "serverError").then(([cause]) => {
    const message = `Cannot simulate over Modbus: port ${port} cannot be opened, nothing is served`;
    throw new IaiError("SOURCE_UNREACHABLE", message, { cause });
  });
  await Promise.race([once(server, "initialized"), failed]);
  failed.catch(() => undefined);
  return server;
}

async function shut(server: ServerTCP): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const socket of server.socks.keys()) socket.destroy();
  });
}

/** A register map for each type, and the entries that `sources` of IAI needs to poll them. */
function filesOf({ machines, port, folder, everyMs }: ModbusPeerOptions): readonly WireFile[] {
  const types = new Map(machines.map(({ type }) => [type.name, type]));
  const maps = [...types.values()].map((type) => ({
    name: `${type.name}.yaml`,
    text: registerMapOf(type),
  }));
  const lines = ["sources:"];
  const pollMs = Math.max(50, Math.round(everyMs));
  machines.forEach(({ deviceId, type, factoryId, lineId }, n) => {
    const server = Math.floor(n / UNITS);
    if (n % UNITS === 0)
      lines.push(
        "  - kind: modbus",
        `    name: simulated-plant-${server + 1}`,
        `    host: ${HOST}`,
        `    port: ${port + server}`,
        "    devices:",
      );
    const mapFile = JSON.stringify(join(folder, `${type.name}.yaml`));
    lines.push(
      `      - { deviceId: ${deviceId}, unit: ${(n % UNITS) + 1}, mapFile: ${mapFile}, factoryId: ${factoryId}, lineId: ${lineId}, everyMs: ${pollMs} }`,
    );
  });
  return [...maps, { name: "sources.yaml", text: `${lines.join("\n")}\n` }];
}

/** The map that IAI's Modbus source reads this type of machine with. */
export function registerMapOf(type: MachineType): string {
  const metrics = Object.entries(type.metrics).map(
    ([name, { unit }]) =>
      `  ${name}: { function: 4, address: ${addressOf(type, name)}, type: float32, unit: "${unit}" }`,
  );
  return [`device_type: ${type.name}`, "metrics:", ...metrics, ""].join("\n");
}
