import type { KillLoopResult } from "./kill-loop.ts";
import { isSustained, type Round } from "./rounds.ts";
import type { Measured } from "./run-load.ts";
import { median } from "./statistics.ts";
import type { SystemName } from "./system-under-test.ts";

/** Everything that was measured. */
export interface BenchResult {
  readonly rounds: readonly Round[];
  readonly longLog: { readonly startMs: number; readonly logBytes: number };
  readonly slowestStartAfterKillMs: number;
  readonly killLoop: KillLoopResult;
}

/** One line of the result: what is asked, what was found. */
export interface GoalRow {
  readonly goal: string;
  readonly asked: string;
  readonly found: string;
  readonly passed: boolean;
}

/** The goals of the performance page, each as the median of its rounds. */
export function judge(result: BenchResult): readonly GoalRow[] {
  return [
    ...judgeRate(result.rounds),
    ...judgeCost(result.rounds),
    ...judgeAck(result.rounds),
    ...judgeAlerts(result.rounds),
    ...judgeStart(result),
    judgeKills(result.killLoop),
  ];
}

function judgeRate(rounds: readonly Round[]): readonly GoalRow[] {
  const iai = median(rounds.map((round) => highestRate(round, "IAI")));
  const rows = [row("durable HTTP rate, readings/s", ">= 15,000", whole(iai), iai >= 15_000)];
  if (!hasPeer(rounds)) return rows;
  const peer = median(rounds.map((round) => highestRate(round, "Node-RED")));
  const ratio = median(
    rounds.map((round) => highestRate(round, "IAI") / highestRate(round, "Node-RED")),
  );
  const found = `${ratio.toFixed(1)} x (Node-RED ${whole(peer)})`;
  return [...rows, row("the same against Node-RED", ">= 1.5 x", found, ratio >= 1.5)];
}

function judgeCost(rounds: readonly Round[]): readonly GoalRow[] {
  const at = (rate: number): number => median(of(rounds, "IAI", rate, (m) => m.cpuMsPerThousand));
  const cost = at(5_000);
  const perCore = whole(1_000_000 / cost);
  const rows = [
    row(
      "CPU ms per 1,000 readings at 5,000/s",
      "<= 100",
      `${cost.toFixed(1)} (${perCore} readings/s a core)`,
      cost <= 100,
    ),
  ];
  if (!hasPeer(rounds)) return rows;
  const against = [
    { rate: 1_000, share: 1.2 },
    { rate: 5_000, share: 1.0 },
  ].map(({ rate, share }) => {
    const ratio = median(
      rounds.map((round) => costOf(round, "IAI", rate) / costOf(round, "Node-RED", rate)),
    );
    const peer = median(rounds.map((round) => costOf(round, "Node-RED", rate)));
    const found = `${ratio.toFixed(2)} x (${at(rate).toFixed(1)} against ${peer.toFixed(1)} ms)`;
    return row(
      `CPU against Node-RED at ${whole(rate)}/s`,
      `<= ${share.toFixed(1)} x`,
      found,
      ratio <= share,
    );
  });
  return [...rows, ...against];
}

function judgeAck(rounds: readonly Round[]): readonly GoalRow[] {
  const f50 = median(rounds.map((round) => round.fsyncAtAck.p50));
  const f99 = median(rounds.map((round) => round.fsyncAtAck.p99));
  const p50 = median(of(rounds, "IAI", 1_000, (m) => m.answerP50));
  const p99 = median(of(rounds, "IAI", 1_000, (m) => m.answerP99));
  return [
    row(
      "answer p50 at 1,000/s, ms",
      `<= 3 F50 + 3 = ${(3 * f50 + 3).toFixed(1)}`,
      p50.toFixed(1),
      p50 <= 3 * f50 + 3,
    ),
    row(
      "answer p99 at 1,000/s, ms",
      `<= 2 F99 + 30 = ${(2 * f99 + 30).toFixed(1)}`,
      p99.toFixed(1),
      p99 <= 2 * f99 + 30,
    ),
  ];
}

function judgeAlerts(rounds: readonly Round[]): readonly GoalRow[] {
  const limits = [
    { rate: 100, limitMs: 150 },
    { rate: 1_000, limitMs: 100 },
    { rate: 5_000, limitMs: 200 },
    { rate: 10_000, limitMs: 1_000 },
  ];
  return limits.map(({ rate, limitMs }) => {
    const p99 = median(of(rounds, "IAI", rate, (m) => m.alertP99));
    const peer = median(of(rounds, "Node-RED", rate, (m) => m.alertP99));
    const beside = Number.isNaN(peer) ? "" : ` (Node-RED ${peer.toFixed(0)})`;
    return row(
      `reading to alert p99 at ${whole(rate)}/s, ms`,
      `<= ${limitMs}`,
      `${p99.toFixed(0)}${beside}`,
      p99 <= limitMs,
    );
  });
}

function judgeStart({ longLog, slowestStartAfterKillMs }: BenchResult): readonly GoalRow[] {
  const size = (longLog.logBytes / 1024 ** 3).toFixed(2);
  return [
    row(
      `start to the first acknowledgement, log of ${size} GiB, s`,
      "<= 2",
      (longLog.startMs / 1000).toFixed(2),
      longLog.startMs <= 2_000,
    ),
    row(
      "the same after kill -9 at 5,000/s, slowest, s",
      "<= 10",
      (slowestStartAfterKillMs / 1000).toFixed(2),
      slowestStartAfterKillMs <= 10_000,
    ),
  ];
}

function judgeKills({ kills, load, slowestStartMs }: KillLoopResult): GoalRow {
  const { lost, doubled, redelivered, longestSilenceMs, alerted } = load.alerts;
  const found = [
    `lost ${lost}, doubled ${doubled} of ${whole(alerted)}`,
    `offered again under the same id ${redelivered}`,
    `longest silence ${(longestSilenceMs / 1000).toFixed(1)} s, alert p99 ${(load.alertP99 / 1000).toFixed(1)} s`,
    `slowest start ${(slowestStartMs / 1000).toFixed(1)} s`,
  ].join("; ");
  return row(
    `${kills} times kill -9 at 300 breaches/s`,
    "lost 0, doubled 0, silence <= 10 s",
    found,
    lost === 0 && doubled === 0 && longestSilenceMs <= 10_000,
  );
}

function row(goal: string, asked: string, found: string, passed: boolean): GoalRow {
  return { goal, asked, found, passed };
}

function highestRate({ runs }: Round, name: SystemName): number {
  const held = [...(runs.get(name) ?? [])].filter(([rate, run]) => isSustained(run, rate));
  return Math.max(0, ...held.map(([rate]) => rate));
}

function of(
  rounds: readonly Round[],
  name: SystemName,
  rate: number,
  pick: (measured: Measured) => number,
): readonly number[] {
  return rounds.flatMap(({ runs }) => {
    const measured = runs.get(name)?.get(rate);
    return measured === undefined ? [] : [pick(measured)];
  });
}

function costOf({ runs }: Round, name: SystemName, rate: number): number {
  return runs.get(name)?.get(rate)?.cpuMsPerThousand ?? Number.NaN;
}

const hasPeer = (rounds: readonly Round[]): boolean =>
  rounds.some(({ runs }) => runs.has("Node-RED"));

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
