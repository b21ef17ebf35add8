import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Log } from "../../../kernel/log.ts";
import { type BornMetric, createNode, type SparkplugNode } from "./sparkplug-node.ts";

const metric = z.object({
  name: z.string(),
  type: z.int().nullable(),
  unit: z.string().nullable(),
});
const remembered = z.record(
  z.string(),
  z.object({
    bdSeq: z.number().nullable(),
    isBorn: z.boolean(),
    aliases: z.record(z.string(), metric),
    devices: z.record(z.string(), z.array(metric)),
  }),
);

/**
 * Births that were heard, for the time after a restart: what a broker kept for us is data, and without the birth that
 * came before it nobody knows what it means.
 */
export interface BirthMemory {
  read(): Map<string, SparkplugNode>;
  /** Before a message is acknowledged that changed something. */
  write(nodes: ReadonlyMap<string, SparkplugNode>): void;
}

/** Of a look that leaves no trace. */
export const forgetfulMemory: BirthMemory = {
  read: () => new Map(),
  write: () => undefined,
};

/** In one file. A file that cannot be read is none: nodes can be born again. */
export function openBirthMemory(path: string, log: Log): BirthMemory {
  return {
    read: () => {
      try {
        const text = readFileSync(path, "utf8");
        const kept = remembered.parse(JSON.parse(text));
        return new Map(Object.entries(kept).map(([key, node]) => [key, revive(node)]));
      } catch (failure) {
        const isAbsent = failure instanceof Error && "code" in failure && failure.code === "ENOENT";
        if (!isAbsent) log.warn("source.births.forgotten", { path, error: String(failure) });
        return new Map();
      }
    },
    write: (nodes) => {
      const kept = Object.fromEntries([...nodes].map(([key, node]) => [key, keep(node)]));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.new`;
      writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
      renameSync(draft, path);
    },
  };
}

function keep({
  bdSeq,
  isBorn,
  aliases,
  devices,
}: SparkplugNode): z.infer<typeof remembered>[string] {
  const told = [...devices].map(([name, metrics]): [string, BornMetric[]] => [
    name,
    [...metrics.values()],
  ]);
  return { bdSeq, isBorn, aliases: Object.fromEntries(aliases), devices: Object.fromEntries(told) };
}

function revive({
  bdSeq,
  isBorn,
  aliases,
  devices,
}: z.infer<typeof remembered>[string]): SparkplugNode {
  const node = createNode();
  node.bdSeq = bdSeq;
  node.isBorn = isBorn;
  for (const [alias, born] of Object.entries(aliases)) node.aliases.set(alias, born);
  for (const [device, metrics] of Object.entries(devices))
    node.devices.set(device, new Map(metrics.map((born) => [born.name, born])));
  return node;
}
