import { type BenchOptions, batchAt } from "./bench-options.ts";
import { type FsyncProbe, probeFsync } from "./fsync-probe.ts";
import type { LoadPlan } from "./load-plan.ts";
import { type Measured, measure } from "./run-load.ts";
import type { SystemName, SystemUnderTest } from "./system-under-test.ts";

/** Everything one round measured, by system and rate. */
export interface Round {
  readonly fsyncBefore: FsyncProbe;
  readonly fsyncAfter: FsyncProbe;
  /** Beside the acknowledgements at 1,000/s. */
  readonly fsyncAtAck: FsyncProbe;
  readonly runs: ReadonlyMap<SystemName, ReadonlyMap<number, Measured>>;
}

export interface RoundOptions {
  readonly bench: BenchOptions;
  readonly number: number;
  readonly alertPort: number;
  readonly probeFolder: string;
  readonly say: (line: string) => void;
}

export const fleet = { devicePrefix: "bench", devices: 100 } as const;

const ACK_RATE = 1_000;
/** Rates whose latency and cost are compared. */
const comparedRates: readonly number[] = [100, 1_000, 5_000];
const latencyRates: readonly number[] = [...comparedRates, 10_000];
const SEQS_PER_RUN = 100_000;

/** Runs of this bench so far: each has sequence numbers and breaches of its own. */
let runs = 0;

/** Rates that both systems run before anything counts: code that is hot for the first time is compiled. */
const warmUpRates: readonly number[] = [1_000, 5_000];

/** Runs whose numbers nobody quotes. */
export async function warmUp(
  systems: readonly SystemUnderTest[],
  options: RoundOptions,
): Promise<void> {
  const say = (line: string): void => options.say(`warm-up · ${line}`);
  for (const rate of warmUpRates) {
    for (const system of systems) await runRate(system, rate, { ...options, say });
  }
}

/** One round: every system gets the same rates in turn, the disk is probed around them. */
export async function runRound(
  systems: readonly SystemUnderTest[],
  options: RoundOptions,
): Promise<Round> {
  const probe = { writes: 1_000, limitMs: 3_000 };
  const fsyncBefore = probeFsync(options.probeFolder, probe);
  const measured = new Map(systems.map(({ name }) => [name, new Map<number, Measured>()]));
  let fsyncAtAck = fsyncBefore;
  for (const rate of latencyRates) {
    for (const system of systems) {
      if (system.name !== "IAI" && !comparedRates.includes(rate)) continue;
      const result = await runRate(system, rate, options);
      measured.get(system.name)?.set(rate, result);
    }
    if (rate === ACK_RATE) fsyncAtAck = probeFsync(options.probeFolder, probe);
  }
  for (const system of systems) await climb(system, measured.get(system.name), options);
  const fsyncAfter = probeFsync(options.probeFolder, probe);
  return { fsyncBefore, fsyncAfter, fsyncAtAck, runs: measured };
}

/** The ladder: each step that was not measured yet, until the first that fails. */
async function climb(
  system: SystemUnderTest,
  measured: Map<number, Measured> | undefined,
  options: RoundOptions,
): Promise<void> {
  for (const rate of options.bench.ladder) {
    const result = measured?.get(rate) ?? (await runRate(system, rate, options));
    measured?.set(rate, result);
    if (!isSustained(result, rate)) return;
  }
}

async function runRate(
  system: SystemUnderTest,
  rate: number,
  { bench, alertPort, number, say }: RoundOptions,
): Promise<Measured> {
  const planOf = (): LoadPlan => {
    runs += 1;
    return {
      ...fleet,
      url: system.readingsUrl,
      authorization: system.authorization,
      alertPort,
      readingsPerSecond: rate,
      breachesPerSecond: Math.min(10, rate / 10),
      seconds: bench.secondsPerRun,
      batch: batchAt(rate),
      connections: 4,
      window: Math.max(4_000, rate),
      drainMs: 5_000,
      seed: number * 1_000 + runs,
      firstSeq: runs * SEQS_PER_RUN,
    };
  };
  const result = await measure(system, planOf);
  say(describeRun(system.name, rate, result));
  return result;
}

/** True when this rate is held: all acknowledged, every breach alerted once and in time. */
export function isSustained(result: Measured, rate: number): boolean {
  const { alerts } = result;
  return (
    result.acknowledged === result.sent &&
    alerts.alerted === alerts.breaches &&
    alerts.doubled === 0 &&
    result.alertP99 <= 1_000 &&
    result.achievedPerSecond >= 0.97 * rate
  );
}

function describeRun(name: SystemName, rate: number, result: Measured): string {
  const { alerts } = result;
  const ms = (value: number): string => value.toFixed(1);
  return [
    `${name} ${rate}/s: ${isSustained(result, rate) ? "held" : "not held"}`,
    `acknowledged ${result.acknowledged} of ${result.sent} (rejected ${result.rejected})`,
    `answer p50 ${ms(result.answerP50)} p99 ${ms(result.answerP99)} ms`,
    `alert p50 ${ms(result.alertP50)} p99 ${ms(result.alertP99)} ms`,
    `alerts ${alerts.alerted} of ${alerts.breaches}, lost ${alerts.lost}, doubled ${alerts.doubled}`,
    `CPU ${ms(result.cpuMsPerThousand)} ms/1,000, RSS ${result.residentMb.toFixed(0)} MB`,
    `generator lag ${result.generatorLagMs.toFixed(0)} ms`,
  ].join(" · ");
}
