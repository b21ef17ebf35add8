import { IaiError } from "../../../kernel/errors.ts";
import type { BusPosition, Topic } from "../../../ports/event-bus.ts";
import type { FlinkRest, ListedJob } from "./flink-rest.ts";
import { flinkJobSpecs, parseTitle } from "./job-specs.ts";

export interface LagDeps {
  readonly ends: (topics: readonly Topic[]) => Promise<BusPosition>;
  /** Records in parts of partitions, ticks aside: they go on for ever, and nobody waits for them. */
  readonly unread: (ranges: {
    readonly from: BusPosition;
    readonly to: BusPosition;
  }) => Promise<number>;
  readonly lag: (group: string, topics: readonly Topic[]) => Promise<number>;
  readonly topicPrefix: string;
  readonly outputs: { readonly group: string; readonly topics: readonly Topic[] };
}

/**
 * Records on their way from the raw topic to whoever reads the outputs. What the sources have handed on counts as
 * stepped: the offsets that jobs commit at checkpoints are seconds old. Kafka is asked
 * first and Flink then tells what it knew up to a second ago, so the answer is too high rather than too low; only
 * what lies in a batch of the steps at that moment (20 ms) is not in it. Throws while a job does not run.
 */
export async function measureLag(rest: FlinkRest, deps: LagDeps): Promise<number> {
  const jobs = await rest.jobs();
  const topics = [...new Set(flinkJobSpecs.flatMap(({ inputs }) => Object.values(inputs)))];
  const [ends, unread] = await Promise.all([
    deps.ends(topics),
    deps.lag(deps.outputs.group, deps.outputs.topics),
  ]);
  let records = unread;
  for (const { name, inputs } of flinkJobSpecs) {
    const job = findRunning(jobs, name, deps.topicPrefix);
    const next = await rest.nextOffsets(job.id);
    const to = Object.values(inputs).flatMap((topic) => partitionsOf(ends, topic));
    const from = to.map(([name]) => [name, next.get(deps.topicPrefix + name) ?? 0] as const);
    records += await deps.unread({ from: Object.fromEntries(from), to: Object.fromEntries(to) });
  }
  return records;
}

function findRunning(jobs: readonly ListedJob[], name: string, prefix: string): ListedJob {
  const own = jobs.filter((job) => parseTitle(job.name, prefix)?.name === name);
  const running = own.find(({ state }) => state === "RUNNING");
  if (running !== undefined) return running;
  const newest = own.toSorted((a, b) => b.startedAt - a.startedAt)[0];
  const state = newest === undefined ? "was never deployed" : `is ${newest.state}`;
  throw new IaiError(
    "STREAM_STOPPED",
    `Cannot tell how far the steps are: the job ${name} ${state}; what was accepted is kept`,
  );
}

function partitionsOf(ends: BusPosition, topic: Topic): readonly (readonly [string, number])[] {
  return Object.entries(ends).filter(([name]) => name.startsWith(`${topic}-`));
}
