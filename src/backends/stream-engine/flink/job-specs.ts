import type { Topic } from "../../../ports/event-bus.ts";
import type { FrameSource, FrameTarget } from "../../../wire/engine-frames.ts";

export type FlinkJobName = "anomaly-detection" | "metrics-aggregation" | "alert-deduplication";

/** What a job reads and writes. */
export interface FlinkJobSpec {
  readonly name: FlinkJobName;
  readonly inputs: Readonly<Partial<Record<FrameSource, Topic>>>;
  readonly outputs: Readonly<Partial<Record<FrameTarget, Topic>>>;
}

export const flinkJobSpecs: readonly FlinkJobSpec[] = [
  {
    name: "anomaly-detection",
    inputs: { r: "raw_sensor_data", c: "control" },
    outputs: { a: "anomalies", d: "dead_letters" },
  },
  {
    name: "alert-deduplication",
    inputs: { a: "anomalies" },
    outputs: { t: "alerts", d: "dead_letters" },
  },
  {
    name: "metrics-aggregation",
    inputs: { r: "raw_sensor_data" },
    outputs: { g: "aggregates", d: "dead_letters" },
  },
];

/** What the name of a running job tells: whose it is, which form its states have, which steps it runs. */
export interface JobTitle {
  readonly prefix: string;
  readonly name: FlinkJobName;
  readonly stateVersion: number;
  /** Begin of the hash of the steps' sources. */
  readonly sources: string;
}

const HASH_LENGTH = 12;

export function titleOf(title: JobTitle): string {
  const { prefix, name, stateVersion, sources } = title;
  return `${prefix}${name}@${stateVersion} ${sources.slice(0, HASH_LENGTH)}`;
}

/** null: not a job of this plant. */
export function parseTitle(text: string, prefix: string): JobTitle | null {
  if (!text.startsWith(prefix)) return null;
  const match = /^([a-z-]+)@(\d+) ([0-9a-f]+)$/.exec(text.slice(prefix.length));
  const spec = flinkJobSpecs.find(({ name }) => name === match?.[1]);
  if (match === null || spec === undefined) return null;
  const [, , version, sources = ""] = match;
  return { prefix, name: spec.name, stateVersion: Number(version), sources };
}

/** True when both run steps of the same sources. */
export function runsSources({ sources }: JobTitle, hash: string): boolean {
  return hash.startsWith(sources);
}
