import type { MetricName } from "../../model/basics.ts";

/**
 * The numbers of one metric, side by side in one array of the device: a reading touches nearly all of them, and
 * what lies together is fetched together.
 */
export const CELL = {
  /** Newest value that was good or uncertain, when it was measured, and when it came, in our time. */
  value: 0,
  measuredAt: 1,
  receivedAt: 2,
  /** Number of the reading that brought it. */
  freshIn: 3,
  /** Quality of the newest message: 0 good, 1 uncertain, 2 bad. */
  quality: 4,
  periodMs: 5,
  /** Quality gate: values without change now; bad values in a row, good ones as a negative number. */
  run: 6,
  badRun: 7,
  stuck: 8,
  /** Bit 1: a high limit, bit 2: a low limit is given; and has a pending or active condition. */
  limits: 9,
  limited: 10,
  /** Fast, middle and slow average. */
  fast: 11,
  middle: 12,
  slow: 13,
  /** Values that were learned from, and the smallest change that matters as a share of the level. */
  learned: 14,
  matters: 15,
  /** Mean and sum of squares of what was learned (Welford). */
  mean: 16,
  squares: 17,
  /** Quality gate: changes so far and the longest run. */
  changes: 18,
  longestRun: 19,
  /** 1: a temperature. It drifts with the day and is left to limits and rates. */
  thermal: 20,
  /** Its own slow trail, and how far it ran ahead of it while learning. */
  trail: 21,
  swing: 30,
  /** The specification; NaN where nothing is set. */
  min: 22,
  max: 23,
  ll: 24,
  l: 25,
  h: 26,
  hh: 27,
  deadband: 28,
  declaredPeriodMs: 29,
} as const;

const WIDTH = 32;

/** The last values of a device, one slot per metric in the order in which they were first seen. */
export interface MetricTable {
  readonly names: MetricName[];
  /** Readings that were taken over. */
  readings: number;
  cells: Float64Array;
}

export function createMetricTable(): MetricTable {
  return { names: [], readings: 0, cells: new Float64Array(0) };
}

/** One number of a metric that has a slot. */
export function get(table: MetricTable, slot: number, cell: number): number {
  return table.cells[slot * WIDTH + cell] ?? 0;
}

export function set(table: MetricTable, slot: number, cell: number, value: number): void {
  table.cells[slot * WIDTH + cell] = value;
}

/** The same number of every metric. */
export function columnOf(table: MetricTable, cell: number): Float64Array {
  return Float64Array.from(table.names, (_, slot) => get(table, slot, cell));
}

/** Makes room for another metric; twice as much as is needed, so that it is done seldom. */
export function addSlot(table: MetricTable, metric: MetricName): number {
  const slot = table.names.push(metric) - 1;
  if ((slot + 1) * WIDTH > table.cells.length) {
    const wider = new Float64Array(Math.max(8, 2 * slot) * WIDTH);
    wider.set(table.cells);
    table.cells = wider;
  }
  return slot;
}
