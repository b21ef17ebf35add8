import type { LearningWindow } from "./learning-window.ts";
import { CELL, get, type MetricTable } from "./metric-cells.ts";
import { learnedSd } from "./metric-table.ts";

/** Channels that follow each other this closely are one channel. */
const MERGED_CORRELATION = 0.98;
/** More channels than this are not joined in one T²: the work per reading grows with their square. */
const MAX_CHANNELS = 64;

/** Which metrics take part, which of them are one channel, and how much each usually moves. */
export interface Channels {
  /** Slots that take part; thermal metrics do not: they drift with the day. */
  readonly members: Int32Array;
  /** Channel of each member: nearly dependent metrics share one. */
  readonly channelOf: Int32Array;
  /** Slot that gives each channel its name. */
  readonly leaders: Int32Array;
  /** Per member: 1 / spread of its fast and of its middle difference, negative when it runs against its channel. */
  readonly fastScale: Float64Array;
  readonly levelScale: Float64Array;
}

/** Finds the channels of a learning window; without enough rows there are none. */
export function findChannels(
  table: MetricTable,
  window: LearningWindow,
  learnedRows: number,
): Channels {
  const members = candidates(table, learnedRows);
  const fast = members.map((slot) => spreadOf(table, window, { slot, rows: window.fast }));
  const level = members.map((slot) => spreadOf(table, window, { slot, rows: window.level }));
  const channelOf: number[] = [];
  const signs: number[] = [];
  const leaders: number[] = [];
  members.forEach((slot, i) => {
    let channel = leaders.length;
    let sign = 1;
    for (let other = 0; other < leaders.length; other += 1) {
      const leader = leaders[other] ?? 0;
      const scale = (fast[i] ?? 1) * (fast[members.indexOf(leader)] ?? 1);
      const correlation = productOf(window, slot, leader) / scale;
      if (Math.abs(correlation) < MERGED_CORRELATION) continue;
      channel = other;
      sign = correlation < 0 ? -1 : 1;
      break;
    }
    channelOf.push(channel);
    signs.push(sign);
    if (channel === leaders.length) leaders.push(slot);
  });
  return {
    members: Int32Array.from(members),
    channelOf: Int32Array.from(channelOf),
    leaders: Int32Array.from(leaders),
    fastScale: Float64Array.from(fast, (spread, i) => (signs[i] ?? 1) / spread),
    levelScale: Float64Array.from(level, (spread, i) => (signs[i] ?? 1) / spread),
  };
}

export const noChannels: Channels = {
  members: new Int32Array(0),
  channelOf: new Int32Array(0),
  leaders: new Int32Array(0),
  fastScale: new Float64Array(0),
  levelScale: new Float64Array(0),
};

/** Slots with enough values, the metrics of fixed meaning first: they give merged channels their names. */
function candidates(table: MetricTable, learnedRows: number): number[] {
  const named = ["vibration", "pressure", "current"];
  const seen = (slot: number): boolean =>
    get(table, slot, CELL.learned) >= learnedRows / 2 && get(table, slot, CELL.thermal) !== 1;
  const all = table.names.map((_, slot) => slot).filter(seen);
  const first = named.map((name) => table.names.indexOf(name)).filter((slot) => all.includes(slot));
  return [...first, ...all.filter((slot) => !first.includes(slot))].slice(0, MAX_CHANNELS);
}

/** Spread of the differences of one metric; where it never moved, what its level would make noticeable. */
function spreadOf(
  table: MetricTable,
  window: LearningWindow,
  { slot, rows }: { readonly slot: number; readonly rows: Float32Array },
): number {
  let squares = 0;
  for (let row = 0; row < window.count; row += 1) {
    const difference = rows[row * window.width + slot] ?? 0;
    squares += difference * difference;
  }
  const spread = Math.sqrt(squares / window.count);
  const sd = learnedSd(table, slot);
  return spread > 1e-4 * sd ? spread : sd / 3;
}

function productOf(window: LearningWindow, a: number, b: number): number {
  let sum = 0;
  for (let row = 0; row < window.count; row += 1) {
    const start = row * window.width;
    sum += (window.fast[start + a] ?? 0) * (window.fast[start + b] ?? 0);
  }
  return sum / window.count;
}
