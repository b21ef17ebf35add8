import { createRandom } from "../../kernel/random.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import { createSourceIntake, type SourceIntake } from "../../pipeline/ingest/source-intake.ts";
import type { ReadingSink } from "../../ports/source-adapter.ts";
import type { SourceStatus } from "../../present/api/services.ts";
import type { OpenSource } from "../registry.ts";
import { createFlowRates } from "./flow-rate.ts";
import type { StationDeps } from "./stations.ts";

/** The configured sources of readings at work. */
export interface Sources {
  list(): readonly SourceStatus[];
}

interface Source extends OpenSource {
  readonly intake: SourceIntake;
}

/** An adapter ends by itself only by a mistake of ours; the others and the rest of IAI go on. */
const policy: RetryPolicy = { baseMs: 1_000, maxMs: 30_000, attempts: null };

/** Keeps each source running until the life ends, in the process that takes readings. */
export function startSources(deps: StationDeps, sink: ReadingSink): Sources {
  const { life, clock, log } = deps;
  const { next: random } = createRandom(clock.now());
  const sources = (deps.parts.ingest ? deps.sources : []).map((source): Source => {
    const { name } = source.config;
    const intake = createSourceIntake({ sink, name, clock, log, random, signal: life.signal });
    return { ...source, intake };
  });
  for (const source of sources) {
    const keep = (signal: AbortSignal): Promise<void> => keepRunning(source, deps, signal);
    life.run(`source ${source.config.name}`, keep, deps.onFatal as (failure: unknown) => void);
  }
  const rates = createFlowRates(clock);
  return { list: () => sources.map((source) => statusOf(source, rates)) };
}

async function keepRunning(
  { adapter, intake, config }: Source,
  { clock, log }: StationDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await adapter.run(intake, signal);
    } catch (failure) {
      log.error("source.failed", { source: config.name, error: String(failure) });
    }
    if (!signal.aborted) await clock.sleep(backoffMs(policy, attempt, 0.5), signal);
  }
}

function statusOf(
  { config, adapter, intake }: Source,
  rates: ReturnType<typeof createFlowRates>,
): SourceStatus {
  const counters = intake.counters();
  const { accepted, duplicates, rejected } = counters;
  return {
    name: config.name,
    kind: config.kind,
    state: adapter.state(),
    waitingFor: intake.waitingFor(),
    counters,
    ratePerSecond: rates.perSecond(config.name, accepted + duplicates + rejected),
  };
}
