/** How much is measured: everything is bounded in time. */
export interface BenchOptions {
  readonly rounds: number;
  readonly withNodeRed: boolean;
  /** Length of one run. */
  readonly secondsPerRun: number;
  /** Steps of the rate ladder, ascending. */
  readonly ladder: readonly number[];
  readonly kills: number;
  readonly secondsPerKill: number;
  /** Size of the log that a start is measured on. */
  readonly logBytes: number;
  readonly startsAfterKill: number;
}

const MIB = 1024 * 1024;

export const fullBench = {
  secondsPerRun: 6,
  ladder: [1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000],
  kills: 20,
  secondsPerKill: 5,
  logBytes: 1024 * MIB,
  startsAfterKill: 3,
} as const satisfies Partial<BenchOptions>;

/** Under two minutes: enough to see that something broke, not to quote. */
export const quickBench = {
  secondsPerRun: 3,
  ladder: [5_000, 10_000, 15_000],
  kills: 2,
  secondsPerKill: 4,
  logBytes: 64 * MIB,
  startsAfterKill: 1,
} as const satisfies Partial<BenchOptions>;

/** Readings of one request at a rate: single ones at 100 a second, fuller batches as it grows. */
export function batchAt(readingsPerSecond: number): number {
  if (readingsPerSecond <= 100) return 1;
  return readingsPerSecond <= 5_000 ? 50 : 100;
}
