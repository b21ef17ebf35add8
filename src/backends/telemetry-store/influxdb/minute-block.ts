import type { AggregateSeries, MinuteArithmetic } from "../../../model/aggregate.ts";
import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { joinMarks, marksFor, marksOf, metricsOf, type ReadingMarks } from "./reading-marks.ts";

/** What a reading added to its minute, and what is needed to take that back. */
export interface Addition {
  readonly at: EpochMs;
  readonly metrics: readonly MetricName[];
  readonly isNewInstant: boolean;
  /** Marks of the instant afterwards, if the reading brought any. */
  readonly marks: ReadingMarks | null;
  readonly givesSeq: boolean;
  readonly givesStatus: boolean;
  readonly before: { readonly marks: ReadingMarks | null; readonly given: number };
}

const SEQ = 1;
const STATUS = 2;

/** Numbers that a block takes besides its values. */
const BLOCK_CELLS = 64;

/**
 * All that is stored of one device within one minute: numbers in columns, sorted by time, an absent one NaN. It
 * tells what is a repeat, what a conflict, and what the minute is.
 */
export class MinuteBlock {
  readonly deviceId: DeviceId;
  readonly minuteAt: EpochMs;
  /** The row of `sensor_agg_1m` says what this block says. */
  isWritten = false;
  readonly #at: EpochMs[] = [];
  readonly #columns = new Map<MetricName, number[]>();
  readonly #marks: (ReadingMarks | null)[] = [];
  readonly #given: number[] = [];

  constructor(deviceId: DeviceId, minuteAt: EpochMs) {
    this.deviceId = deviceId;
    this.minuteAt = minuteAt;
  }

  /** Memory it takes, in numbers of 8 bytes. */
  get cells(): number {
    return BLOCK_CELLS + this.#at.length * (3 + this.#columns.size);
  }

  put(reading: Reading): Addition | "duplicate" | "conflict" {
    const at = reading.measuredAt;
    const row = this.#rowAt(at);
    const isNewInstant = this.#at[row] !== at;
    const metrics = isNewInstant ? metricsOf(reading) : this.#absent(row, reading);
    if (metrics === "conflict") return "conflict";
    if (metrics.length === 0 && !isNewInstant) return "duplicate";
    if (isNewInstant) this.#openRow(row, at);
    const before = { marks: this.#marks[row] ?? null, given: this.#given[row] ?? 0 };
    for (const metric of metrics) {
      const value = reading.values.get(metric);
      if (value !== undefined) this.#column(metric)[row] = value;
    }
    const own = isNewInstant ? marksOf(reading) : marksFor(marksOf(reading), new Set(metrics));
    const marks = own === null ? null : joinMarks(before.marks, own);
    if (marks !== null) this.#marks[row] = marks;
    const givesSeq = reading.seq !== null && (before.given & SEQ) === 0;
    const givesStatus = reading.status !== null && (before.given & STATUS) === 0;
    this.#given[row] = before.given | (givesSeq ? SEQ : 0) | (givesStatus ? STATUS : 0);
    this.isWritten = false;
    return { at, metrics, isNewInstant, marks, givesSeq, givesStatus, before };
  }

  /** Takes back what was added last at its instant. */
  retract({ at, metrics, isNewInstant, before }: Addition): void {
    const row = this.#rowAt(at);
    if (this.#at[row] !== at) return;
    this.isWritten = false;
    if (isNewInstant) {
      for (const list of [this.#at, this.#marks, this.#given, ...this.#columns.values()])
        list.splice(row, 1);
      return;
    }
    for (const metric of metrics) this.#column(metric)[row] = Number.NaN;
    this.#marks[row] = before.marks;
    this.#given[row] = before.given;
  }

  /** The minute of each metric that has a usable value in it; bad values never count. */
  *minutes(arithmetic: MinuteArithmetic): Generator<readonly [MetricName, AggregateSeries]> {
    for (const [metric, column] of this.#columns) {
      const at: EpochMs[] = [];
      const values: number[] = [];
      for (let row = 0; row < column.length; row += 1) {
        const value = column[row] ?? Number.NaN;
        if (Number.isNaN(value) || this.#marks[row]?.qualities?.get(metric) === "bad") continue;
        at.push(this.#at[row] ?? 0);
        values.push(value);
      }
      if (at.length > 0) yield [metric, arithmetic.minutes(at, values)];
    }
  }

  /** First row that is not before `at`. */
  #rowAt(at: EpochMs): number {
    let low = 0;
    let high = this.#at.length;
    // Readings come in order, nearly always.
    if (high === 0 || (this.#at[high - 1] ?? 0) < at) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#at[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Metrics of the reading that this row does not have; those it has must be the same. */
  #absent(row: number, reading: Reading): readonly MetricName[] | "conflict" {
    const absent: MetricName[] = [];
    const marks = this.#marks[row] ?? null;
    for (const metric of metricsOf(reading)) {
      const stored = this.#columns.get(metric)?.[row] ?? Number.NaN;
      const fault = marks?.faults?.get(metric);
      if (Number.isNaN(stored) && fault === undefined && !marks?.qualities?.has(metric)) {
        absent.push(metric);
        continue;
      }
      const offered = reading.values.get(metric) ?? Number.NaN;
      const offeredFault = reading.faults?.get(metric);
      const isSame =
        Number.isNaN(stored) && Number.isNaN(offered)
          ? fault?.code === offeredFault?.code && fault?.raw === offeredFault?.raw
          : stored === offered;
      if (!isSame) return "conflict";
    }
    return absent;
  }

  #openRow(row: number, at: EpochMs): void {
    insert(this.#at, row, at);
    insert(this.#marks, row, null);
    insert(this.#given, row, 0);
    for (const column of this.#columns.values()) insert(column, row, Number.NaN);
  }

  #column(metric: MetricName): number[] {
    let column = this.#columns.get(metric);
    if (column === undefined) {
      column = this.#at.map(() => Number.NaN);
      this.#columns.set(metric, column);
    }
    return column;
  }
}

function insert<T>(list: T[], row: number, value: T): void {
  if (row === list.length) list.push(value);
  else list.splice(row, 0, value);
}
