import { type EpochMs, type MetricName, MINUTE } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";

/** Values of one metric within a minute; as long as the minute's capacity. */
interface ValueColumn {
  readonly metric: MetricName;
  /** NaN: no number. */
  values: Float64Array;
  /** See below. */
  marks: Uint8Array;
  /** Raw texts of what was no number, by row; null: none. */
  faults: (string | null)[] | null;
}

const ABSENT = 0;
const USABLE = 1;
/** Stands at its time and decides what a repeat is, but does not count. */
const BAD = 2;

/** The values of one device within one minute, in time order; plain data. */
export interface MinuteValues {
  readonly minuteAt: EpochMs;
  count: number;
  at: Float64Array;
  columns: ValueColumn[];
}

const FIRST_CAPACITY = 16;

export function createMinuteValues(minuteAt: EpochMs): MinuteValues {
  return { minuteAt, count: 0, at: new Float64Array(FIRST_CAPACITY), columns: [] };
}

/**
 * Takes a reading by the rule of its identity, (device, time): another metric at the same time joins, the same
 * value is a duplicate, and where one value differs nothing of the reading is taken. True: something was new.
 */
export function takeReading(minute: MinuteValues, reading: Reading): boolean {
  const row = lowerBound(minute, reading.measuredAt);
  const exists = row < minute.count && minute.at[row] === reading.measuredAt;
  const offered = offeredOf(reading);
  const fresh = exists ? freshOf(minute, row, offered) : offered;
  if (fresh === null || fresh.length === 0) return false;
  if (!exists) openRow(minute, row, reading.measuredAt);
  for (const { metric, value, mark, fault } of fresh) {
    const column = columnOf(minute, metric);
    column.values[row] = value;
    column.marks[row] = mark;
    if (fault === null) continue;
    column.faults ??= [];
    column.faults[row] = fault;
  }
  return true;
}

/** Times and values of a metric that count, in time order. */
export function usableOf(
  minute: MinuteValues,
  column: MinuteValues["columns"][number],
): { readonly at: number[]; readonly values: number[] } {
  const at: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < minute.count; row += 1) {
    if (column.marks[row] !== USABLE) continue;
    at.push(minute.at[row] ?? 0);
    values.push(column.values[row] ?? 0);
  }
  return { at, values };
}

export function minuteOf(at: EpochMs): EpochMs {
  return Math.floor(at / MINUTE) * MINUTE;
}

interface Offered {
  readonly metric: MetricName;
  readonly value: number;
  readonly mark: number;
  readonly fault: string | null;
}

function offeredOf({ values, qualities, faults }: Reading): Offered[] {
  const offered: Offered[] = [];
  for (const [metric, value] of values) {
    const isBad = Number.isNaN(value) || qualities?.get(metric) === "bad";
    const mark = isBad ? BAD : USABLE;
    const fault = faults?.get(metric);
    offered.push({ metric, value, mark, fault: fault === undefined ? null : textOf(fault) });
  }
  const others = new Set([...(faults?.keys() ?? []), ...(qualities?.keys() ?? [])]);
  for (const metric of others) {
    if (values.has(metric)) continue;
    const fault = faults?.get(metric);
    const text = fault === undefined ? null : textOf(fault);
    offered.push({ metric, value: Number.NaN, mark: BAD, fault: text });
  }
  return offered;
}

const textOf = ({ code, raw }: { readonly code: string; readonly raw: string }): string =>
  `${code}\n${raw}`;

/** What of the offered values does not stand in the row yet; null: one of them contradicts it. */
function freshOf(minute: MinuteValues, row: number, offered: readonly Offered[]): Offered[] | null {
  const fresh: Offered[] = [];
  for (const one of offered) {
    const column = minute.columns.find(({ metric }) => metric === one.metric);
    if (column === undefined || column.marks[row] === ABSENT) {
      fresh.push(one);
      continue;
    }
    const known = column.values[row] ?? Number.NaN;
    const bothAbsent = Number.isNaN(known) && Number.isNaN(one.value);
    const equal = bothAbsent ? (column.faults?.[row] ?? null) === one.fault : known === one.value;
    if (!equal) return null;
  }
  return fresh;
}

function lowerBound({ at, count }: MinuteValues, time: EpochMs): number {
  if (count > 0 && time > (at[count - 1] ?? 0)) return count;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function openRow(minute: MinuteValues, row: number, at: EpochMs): void {
  if (minute.count === minute.at.length) grow(minute);
  minute.at.copyWithin(row + 1, row, minute.count);
  minute.at[row] = at;
  for (const column of minute.columns) {
    column.values.copyWithin(row + 1, row, minute.count);
    column.marks.copyWithin(row + 1, row, minute.count);
    column.values[row] = Number.NaN;
    column.marks[row] = ABSENT;
    if (column.faults === null) continue;
    while (column.faults.length < minute.count) column.faults.push(null);
    column.faults.splice(row, 0, null);
  }
  minute.count += 1;
}

function grow(minute: MinuteValues): void {
  const capacity = Math.floor(minute.at.length * 1.5);
  const at = new Float64Array(capacity);
  at.set(minute.at);
  minute.at = at;
  for (const column of minute.columns) {
    const values = new Float64Array(capacity);
    values.set(column.values);
    column.values = values;
    const marks = new Uint8Array(capacity);
    marks.set(column.marks);
    column.marks = marks;
  }
}

function columnOf(minute: MinuteValues, metric: MetricName): ValueColumn {
  const known = minute.columns.find((column) => column.metric === metric);
  if (known !== undefined) return known;
  const capacity = minute.at.length;
  const values = new Float64Array(capacity).fill(Number.NaN);
  const column = { metric, values, marks: new Uint8Array(capacity), faults: null };
  minute.columns.push(column);
  return column;
}
