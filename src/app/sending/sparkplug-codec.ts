import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { PlantReading } from "./plant-peer.ts";

export type SparkplugMetric = import("sparkplug-payload/lib/sparkplugbpayload.js").UMetric;

/** Aliases of one machine; no type has more metrics. */
const ALIASES = 64;
export const REBIRTH = "Node Control/Rebirth";

/** What the node says of itself when it is born. */
export function nodeMetrics(bdSeq: number): SparkplugMetric[] {
  return [bdSeqMetric(bdSeq), { name: REBIRTH, type: "Boolean", value: false }];
}

/** Number of the connection: a death counts for the birth with the same one only. */
export function bdSeqMetric(bdSeq: number): SparkplugMetric {
  return { name: "bdSeq", type: "UInt64", value: bdSeq };
}

/** Names, aliases and units of a machine with its present values: what a host must know before any data. */
export function birthMetrics(reading: PlantReading, place: number): SparkplugMetric[] {
  const { metrics } = reading.machine.type;
  return dataMetrics(reading, place).map((metric, n) => {
    const name = Object.keys(metrics)[n] ?? "";
    const unit = metrics[name]?.unit ?? "1";
    return { ...metric, name, properties: { engUnit: { type: "String", value: unit } } };
  });
}

/** Values by alias; null: a sensor that says nothing. */
export function dataMetrics(
  { at, values, machine }: PlantReading,
  place: number,
): SparkplugMetric[] {
  return Object.keys(machine.type.metrics).map((name, n) => ({
    alias: place * ALIASES + n + 1,
    type: "Double",
    value: values[name] ?? null,
    timestamp: at,
  }));
}

export interface EdgeNode {
  readonly group: string;
  readonly node: string;
  readonly machines: readonly SimulatedMachine[];
}

/** Connections of one plant to its broker. */
export const NODES_MAX = 64;

/** A line is an edge node of its factory's group; the lines of a large plant share nodes. */
export function edgeNodesOf(machines: readonly SimulatedMachine[]): readonly EdgeNode[] {
  const byLine = Map.groupBy(machines, ({ factoryId, lineId }) => `${factoryId}/${lineId}`);
  if (byLine.size <= NODES_MAX)
    return [...byLine.values()].flatMap((list) => {
      const [first] = list;
      return first === undefined
        ? []
        : [{ group: first.factoryId, node: first.lineId, machines: list }];
    });
  const byFactory = Map.groupBy(machines, ({ factoryId }) => factoryId);
  const share = Math.max(1, Math.floor(NODES_MAX / byFactory.size));
  return [...byFactory].flatMap(([group, list]) => {
    const shares = Map.groupBy(list, (_, n) => n % share);
    return [...shares.values()].map((part, n) => ({ group, node: `EDGE${n + 1}`, machines: part }));
  });
}

export const topicOf = (
  { group, node }: EdgeNode,
  type: "NBIRTH" | "NDEATH" | "NCMD" | "DBIRTH" | "DDATA" | "DDEATH",
  device?: string,
): string => `spBv1.0/${group}/${type}/${node}${device === undefined ? "" : `/${device}`}`;

/** Time and metrics of a message; the death of a node is the one without a number. */
export interface SparkplugMessage {
  readonly at: EpochMs;
  readonly seq: number | null;
  readonly metrics: SparkplugMetric[];
}
