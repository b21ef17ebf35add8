import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import {
  endpointOf,
  nodeNameOf,
  type OpcuaServer,
  pkiFolderIn,
  plantUri,
  startOpcuaServer,
} from "./opcua-server.ts";
import { allTaken, type PlantPeer, type WireFile } from "./plant-peer.ts";

export interface OpcuaPeerOptions {
  readonly machines: readonly SimulatedMachine[];
  readonly port: number;
  readonly insecure: boolean;
  /** Folder of its files and its certificate; null: a temporary one that goes at the end. */
  readonly folder: string | null;
}

/** The plant as an OPC-UA server: who subscribes hears each reading with the plant's own time. */
export function createOpcuaPeer(options: OpcuaPeerOptions): PlantPeer {
  const { machines, port, insecure } = options;
  const temporary = options.folder === null ? mkdtempSync(join(tmpdir(), "iai-plant-")) : null;
  const folder = options.folder ?? temporary ?? tmpdir();
  const known = new Set(machines.map(({ deviceId }) => deviceId));
  let server: OpcuaServer | null = null;
  return {
    address: endpointOf(port),
    notes: [
      `Basic256Sha256, SignAndEncrypt${insecure ? ", and None (--insecure)" : ""}; anonymous, read only`,
      ...(temporary === null ? [`certificate to trust: ${certificateIn(folder)}`] : []),
    ],
    files: filesOf(options, folder),
    open: async () => {
      const pkiFolder = pkiFolderIn(folder);
      server = await startOpcuaServer({ machines, port, insecure, pkiFolder });
      mkdirSync(folder, { recursive: true });
      copyFileSync(server.certificateFile, certificateIn(folder));
    },
    send: async (readings) => {
      for (const { deviceId, machine, values, at } of readings) {
        if (!known.has(deviceId)) continue;
        const time = new Date(at);
        for (const metric of Object.keys(machine.type.metrics))
          server?.write(nodeNameOf(deviceId, metric), values[metric] ?? null, time);
      }
      return allTaken(readings.length);
    },
    close: async () => {
      await server?.close();
      server = null;
      if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

const certificateIn = (folder: string): string => join(folder, "opcua-server.pem");

/** Every value is told when it changes, and some are kept between two answers. */
const timing = "defaults: { sampling_ms: 0, queue: 100 }";

/** The node map that IAI's OPC-UA source takes, and its entry in `sources`. */
function filesOf(
  { machines, port, insecure }: OpcuaPeerOptions,
  folder: string,
): readonly WireFile[] {
  const devices = machines.flatMap(({ deviceId, type, factoryId, lineId }) => [
    `  ${JSON.stringify(deviceId)}:`,
    `    factory_id: ${JSON.stringify(factoryId)}`,
    `    line_id: ${JSON.stringify(lineId)}`,
    "    metrics:",
    ...Object.entries(type.metrics).map(
      ([metric, { unit }]) =>
        `      ${metric}: { node: "nsu=${plantUri};s=${nodeNameOf(deviceId, metric)}", unit: "${unit}" }`,
    ),
  ]);
  const source = [
    "sources:",
    "  - kind: opcua",
    "    name: simulated-plant",
    `    url: ${endpointOf(port)}`,
    `    securityPolicy: ${insecure ? "None" : "Basic256Sha256"}`,
    `    mapFile: ${JSON.stringify(join(folder, "node-map.yaml"))}`,
  ];
  return [
    { name: "node-map.yaml", text: [timing, "devices:", ...devices, ""].join("\n") },
    { name: "sources.yaml", text: [...source, ""].join("\n") },
  ];
}
