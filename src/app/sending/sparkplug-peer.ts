import { readFileSync } from "node:fs";
import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { PlantPeer } from "./plant-peer.ts";
import { edgeNodesOf } from "./sparkplug-codec.ts";
import { createSparkplugNode } from "./sparkplug-node.ts";

export interface SparkplugPeerOptions {
  readonly machines: readonly SimulatedMachine[];
  readonly url: string;
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The plant as Sparkplug B edge nodes on a broker: group is the factory, node the line, device the machine. */
export async function createSparkplugPeer(options: SparkplugPeerOptions): Promise<PlantPeer> {
  const { machines, url, user, passwordFile, clock, signal } = options;
  if (!/^mqtts?:$/.test(URL.parse(url)?.protocol ?? "")) {
    const message = `Cannot speak Sparkplug: --url must be like mqtt://host:1883, got "${url}"`;
    throw new IaiError("USAGE", message);
  }
  const login = {
    ...(user === null ? {} : { username: user }),
    ...(passwordFile === null ? {} : { password: readFileSync(passwordFile, "utf8").trimEnd() }),
  };
  const edges = edgeNodesOf(machines);
  const nodes = await Promise.all(
    edges.map((edge) => createSparkplugNode({ edge, url, login, clock, signal })),
  );
  const nodeOf = new Map(
    edges.flatMap((edge, n) => edge.machines.map(({ deviceId }) => [deviceId, n] as const)),
  );
  return {
    address: url,
    notes: [
      `${edges.length} Sparkplug B edge nodes, ${edges.slice(0, 3).map(nameOf).join(", ")}${edges.length > 3 ? ", …" : ""}`,
    ],
    files: [],
    open: async () => {
      await Promise.all(nodes.map((node) => node.open()));
    },
    send: async (readings) => {
      const shares = Map.groupBy(readings, ({ deviceId }) => nodeOf.get(deviceId) ?? 0);
      const taken = await Promise.all(
        [...shares].map(([n, share]) => nodes[n]?.send(share) ?? Promise.resolve(0)),
      );
      const accepted = taken.reduce((sum, count) => sum + count, 0);
      const lost = { code: "SOURCE_UNREACHABLE", detail: "the broker was away" };
      const rejected = Array.from({ length: readings.length - accepted }, (_, index) => ({
        index,
        ...lost,
      }));
      return { accepted, duplicates: 0, rejected, degraded: [] };
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

const nameOf = ({ group, node }: { readonly group: string; readonly node: string }): string =>
  `${group}/${node}`;
