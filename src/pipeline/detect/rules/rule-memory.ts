import type { EpochMs, Ms } from "../../../model/basics.ts";
import type { DetectState } from "../detect-state.ts";

/** What one rule remembers of one device: plain numbers, laid out by the compiler. */
export interface RuleState {
  readonly ruleId: string;
  readonly version: number;
  /** Text and units it was compiled with; another key means another layout. */
  readonly key: string;
  /** Slot of each metric of the rule; −1: not seen yet. */
  readonly slots: Int32Array;
  readonly memory: Float64Array;
}

/** What the closures of a rule read and write at one moment. One object, used again for every evaluation. */
export interface RuleMoment {
  state: DetectState;
  slots: Int32Array;
  memory: Float64Array;
  /** Value of every node, for the explanation; 1 true, 0 false, NaN unknown for truths. */
  results: Float64Array;
  /** Event time; on a tick, what the device's clock must show. */
  now: EpochMs;
  /** Our time, which silence is measured in. */
  receivedAt: EpochMs;
  /** A longer pause breaks `for`: nobody knows what was in between. */
  longestGapMs: Ms;
}

/** `for`: since when it holds, and when it was asked last. */
export const HOLD_CELLS = 2;

/** 1 once the operand held for `ms` without a break that matters, 0 before, NaN while unknown. */
export function holdFor(m: RuleMoment, cell: number, truth: number, ms: Ms): number {
  const since = m.memory[cell] ?? Number.NaN;
  const asked = m.memory[cell + 1] ?? Number.NaN;
  m.memory[cell + 1] = m.now;
  const satisfied = asked - since >= ms;
  if (truth === 0) {
    m.memory[cell] = Number.NaN;
    return 0;
  }
  if (Number.isNaN(truth)) {
    // Unknown never ends what was proven, and never helps to prove it.
    if (!satisfied) m.memory[cell] = Number.NaN;
    return Number.NaN;
  }
  if (Number.isNaN(since) || (!satisfied && m.now - asked > m.longestGapMs)) {
    m.memory[cell] = m.now;
    return ms <= 0 ? 1 : 0;
  }
  return m.now - since >= ms ? 1 : 0;
}

/** `N of M`: next place, places filled, time of the newest, then the ring itself. */
export function countCells(of: number): number {
  return 3 + of;
}

/** 1 when at least `need` of the newest `of` known samples held. One instant is one sample. */
export function countOf(
  m: RuleMoment,
  cell: number,
  truth: number,
  asked: { readonly need: number; readonly of: number },
): number {
  const { memory } = m;
  if (Number.isNaN(memory[cell] ?? 0)) memory.fill(0, cell, cell + countCells(asked.of));
  if (!Number.isNaN(truth)) {
    let place = memory[cell] ?? 0;
    let filled = memory[cell + 1] ?? 0;
    const again = filled > 0 && memory[cell + 2] === m.now;
    if (!again) {
      place = filled === 0 ? 0 : (place + 1) % asked.of;
      filled = Math.min(asked.of, filled + 1);
    }
    memory[cell] = place;
    memory[cell + 1] = filled;
    memory[cell + 2] = m.now;
    memory[cell + 3 + place] = truth;
  }
  const have = countHeld(memory, cell, asked.of);
  if (have >= asked.need) return Number.isNaN(truth) ? Number.NaN : 1;
  return Number.isNaN(truth) ? Number.NaN : 0;
}

export function countHeld(memory: Float64Array, cell: number, of: number): number {
  let have = 0;
  for (let i = 0; i < of; i += 1) have += memory[cell + 3 + i] === 1 ? 1 : 0;
  return have;
}

/** Windows are kept in sixty parts: a window of a minute is exact to the second. */
const PARTS = 60;
/** Number of the part, count, sum, least, largest, first value and its time, last value and its time. */
const PART_CELLS = 9;
export const WINDOW_CELLS = PARTS * PART_CELLS;

/** Adds a value to the window; the oldest part makes room. */
export function addToWindow(m: RuleMoment, cell: number, value: number, ms: Ms): void {
  const number = Math.floor(m.now / (ms / PARTS));
  const start = cell + (number % PARTS) * PART_CELLS;
  const { memory } = m;
  if (memory[start] !== number) {
    memory[start] = number;
    memory[start + 1] = 0;
    memory[start + 2] = 0;
    memory[start + 3] = value;
    memory[start + 4] = value;
    memory[start + 5] = value;
    memory[start + 6] = m.now;
  }
  memory[start + 1] = (memory[start + 1] ?? 0) + 1;
  memory[start + 2] = (memory[start + 2] ?? 0) + value;
  memory[start + 3] = Math.min(memory[start + 3] ?? value, value);
  memory[start + 4] = Math.max(memory[start + 4] ?? value, value);
  memory[start + 7] = value;
  memory[start + 8] = m.now;
}

/** Statistic of the window now; NaN when it is empty, for the rate also when it is not half covered. */
export function readWindow(
  m: RuleMoment,
  cell: number,
  asked: { readonly name: "rate" | "avg" | "min" | "max"; readonly ms: Ms },
): number {
  const newest = Math.floor(m.now / (asked.ms / PARTS));
  const { memory } = m;
  let count = 0;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  let first = { value: 0, at: Number.POSITIVE_INFINITY };
  let last = { value: 0, at: Number.NEGATIVE_INFINITY };
  for (let part = 0; part < PARTS; part += 1) {
    const start = cell + part * PART_CELLS;
    const age = newest - (memory[start] ?? Number.NaN);
    if (!(age >= 0 && age < PARTS)) continue;
    count += memory[start + 1] ?? 0;
    sum += memory[start + 2] ?? 0;
    least = Math.min(least, memory[start + 3] ?? least);
    largest = Math.max(largest, memory[start + 4] ?? largest);
    const begins = memory[start + 6] ?? 0;
    const ends = memory[start + 8] ?? 0;
    if (begins < first.at) first = { value: memory[start + 5] ?? 0, at: begins };
    if (ends > last.at) last = { value: memory[start + 7] ?? 0, at: ends };
  }
  if (count === 0) return Number.NaN;
  if (asked.name === "avg") return sum / count;
  if (asked.name === "min") return least;
  if (asked.name === "max") return largest;
  const span = last.at - first.at;
  return span >= asked.ms / 2 ? ((last.value - first.value) / span) * 60_000 : Number.NaN;
}
