import type { DataType, SparkplugMetric, SparkplugPayload } from "./sparkplug-payload.ts";

/** What a birth said of a metric. */
export interface BornMetric {
  readonly name: string;
  readonly type: DataType | null;
  readonly unit: string | null;
}

/** A node and its devices as they told of themselves. */
export interface SparkplugNode {
  /** Number of the birth that a death belongs to; null: it did not say. */
  bdSeq: number | null;
  isBorn: boolean;
  /** Sequence number of its newest message; null: not known. */
  lastSeq: number | null;
  /** By device; the node itself is "". Whoever is not in here is not born. */
  readonly devices: Map<string, ReadonlyMap<string, BornMetric>>;
  /** Aliases are those of the node, for all of its devices. */
  readonly aliases: Map<string, BornMetric>;
}

export function createNode(): SparkplugNode {
  return { bdSeq: null, isBorn: false, lastSeq: null, devices: new Map(), aliases: new Map() };
}

/** The node is born anew: what was known of it and its devices no longer holds. */
export function bear(node: SparkplugNode, payload: SparkplugPayload): void {
  node.isBorn = true;
  node.lastSeq = payload.seq;
  node.bdSeq = bdSeqOf(payload);
  node.devices.clear();
  node.aliases.clear();
  bearDevice(node, "", payload);
}

export function bearDevice(node: SparkplugNode, device: string, payload: SparkplugPayload): void {
  const metrics = new Map<string, BornMetric>();
  for (const { name, alias, type, unit } of payload.metrics) {
    if (name === null) continue;
    const born = { name, type, unit };
    metrics.set(name, born);
    if (alias !== null) node.aliases.set(alias, born);
  }
  node.devices.set(device, metrics);
}

/** False: it is the will of a connection that another birth has followed. */
export function die(node: SparkplugNode, payload: SparkplugPayload): boolean {
  const bdSeq = bdSeqOf(payload);
  if (node.isBorn && bdSeq !== null && node.bdSeq !== null && bdSeq !== node.bdSeq) return false;
  node.isBorn = false;
  node.lastSeq = null;
  node.devices.clear();
  return true;
}

/** True: messages between this one and the one before it are missing. */
export function hasGap(node: SparkplugNode, { seq }: SparkplugPayload): boolean {
  if (seq === null) return false;
  const { lastSeq } = node;
  node.lastSeq = seq;
  return lastSeq !== null && seq !== (lastSeq + 1) % 256;
}

/** What a metric of a message is; null: its alias is that of no birth. */
export function bornOf(
  node: SparkplugNode,
  device: string,
  { name, alias, type, unit }: SparkplugMetric,
): BornMetric | null {
  if (name === null) return alias === null ? null : (node.aliases.get(alias) ?? null);
  const born = node.devices.get(device)?.get(name);
  return { name, type: type ?? born?.type ?? null, unit: unit ?? born?.unit ?? null };
}

function bdSeqOf({ metrics }: SparkplugPayload): number | null {
  const raw = metrics.find(({ name }) => name === "bdSeq")?.raw;
  return raw?.kind === "bits" ? Number(raw.bits) : null;
}
