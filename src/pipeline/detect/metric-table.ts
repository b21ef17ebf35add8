import type { EpochMs, MetricName, Ms } from "../../model/basics.ts";
import type { DeviceProfile } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import { standardUnitOf } from "../../model/units.ts";

/** Metrics of one device beyond this number are stored and shown, not watched: state stays bounded. */
const MAX_METRICS = 128;
/** A value is held for this many expected periods. */
const HELD_PERIODS = 3;
const NEVER = -1e18;
/** Numbers of a metric's specification, in this order; NaN where nothing is set. */
export const SPEC = { min: 0, max: 1, ll: 2, l: 3, h: 4, hh: 5, deadband: 6, periodMs: 7 } as const;
const SPEC_WIDTH = 8;

/** A change below this share of its level is no news, however sure it is; vibration never repeats itself closer. */
const MATTERS = 0.01;
const VIBRATION_MATTERS = 0.05;
const vibrationUnits: readonly string[] = ["g", "m/s²", "mm/s", "in/s"];

const GOOD = 0;
const UNCERTAIN = 1;
const BAD = 2;

/** The last values of a device, one slot per metric in the order in which they were first seen. */
export interface MetricTable {
  readonly names: MetricName[];
  /** Newest value that was good or uncertain. */
  value: Float64Array;
  measuredAt: Float64Array;
  receivedAt: Float64Array;
  /** Quality of the newest message: 0 good, 1 uncertain, 2 bad. */
  quality: Uint8Array;
  /** 1: the reading at hand brought a usable value. */
  fresh: Uint8Array;
  periodMs: Float64Array;
  spec: Float64Array;
  /** Quality gate: values without change now, the longest such run, changes so far, bad and good values in a row. */
  run: Float64Array;
  longestRun: Float64Array;
  changes: Float64Array;
  badRun: Float64Array;
  stuck: Uint8Array;
  /** Bit 1: a high limit, bit 2: a low limit has a pending or active condition. */
  limited: Uint8Array;
  /** 1: a temperature. It drifts with the day and is left to limits and rates. */
  thermal: Uint8Array;
  /** Smallest change that matters, as a share of the level. */
  matters: Float64Array;
  /** Fast, middle and slow average, and what was learned: count, mean and sum of squares (Welford). */
  fast: Float64Array;
  middle: Float64Array;
  slow: Float64Array;
  learned: Float64Array;
  mean: Float64Array;
  squares: Float64Array;
}

type Column = Exclude<keyof MetricTable, "names" | "spec">;
const doubleColumns = [
  "value",
  "measuredAt",
  "receivedAt",
  "periodMs",
  "run",
  "longestRun",
  "changes",
  "badRun",
  "matters",
  "fast",
  "middle",
  "slow",
  "learned",
  "mean",
  "squares",
] as const satisfies readonly Column[];
const byteColumns = [
  "quality",
  "fresh",
  "stuck",
  "limited",
  "thermal",
] as const satisfies readonly Column[];

export function createMetricTable(): MetricTable {
  const doubles = (): Float64Array => new Float64Array(0);
  const bytes = (): Uint8Array => new Uint8Array(0);
  return {
    names: [],
    value: doubles(),
    measuredAt: doubles(),
    receivedAt: doubles(),
    quality: bytes(),
    fresh: bytes(),
    periodMs: doubles(),
    spec: doubles(),
    run: doubles(),
    longestRun: doubles(),
    changes: doubles(),
    badRun: doubles(),
    stuck: bytes(),
    limited: bytes(),
    thermal: bytes(),
    matters: doubles(),
    fast: doubles(),
    middle: doubles(),
    slow: doubles(),
    learned: doubles(),
    mean: doubles(),
    squares: doubles(),
  };
}

/** Takes the usable values of a reading over; what is bad keeps the last value and loses its standing. */
export function updateTable(
  table: MetricTable,
  reading: Reading,
  profile: DeviceProfile | null,
): void {
  table.fresh.fill(0);
  let expected = 0;
  for (const [metric, value] of reading.values) {
    const slot = slotOf(table, metric, expected, profile);
    expected = slot + 1;
    if (slot < 0) continue;
    const quality = reading.qualities?.get(metric);
    if (quality === "bad" || !Number.isFinite(value) || isOutsideRange(table, slot, value)) {
      markBad(table, slot);
    } else {
      takeValue(table, slot, value, reading);
      table.quality[slot] = quality === "uncertain" ? UNCERTAIN : GOOD;
    }
  }
  if (reading.faults === null) return;
  for (const metric of reading.faults.keys()) {
    const slot = slotOf(table, metric, expected, profile);
    if (slot >= 0) markBad(table, slot);
  }
}

/** Slot of a metric, −1 when it was never seen. */
export function findSlot(table: MetricTable, metric: MetricName): number {
  return table.names.indexOf(metric);
}

/** True when the value may decide something now: trusted, not stuck, and at most three periods old. */
export function isUsable(table: MetricTable, slot: number, now: EpochMs): boolean {
  if (table.quality[slot] === BAD || table.stuck[slot] === 1) return false;
  if (table.fresh[slot] === 1) return true;
  return now - at(table.measuredAt, slot) <= HELD_PERIODS * expectedPeriod(table, slot);
}

/** True when the value may teach a baseline: fresh, good and not stuck. */
export function isTeaching(table: MetricTable, slot: number): boolean {
  return table.fresh[slot] === 1 && table.quality[slot] === GOOD && table.stuck[slot] !== 1;
}

export function isBad(table: MetricTable, slot: number): boolean {
  return table.quality[slot] === BAD;
}

export function qualityName(table: MetricTable, slot: number): "good" | "uncertain" | "bad" {
  if (table.quality[slot] === BAD || table.stuck[slot] === 1) return "bad";
  return table.quality[slot] === UNCERTAIN ? "uncertain" : "good";
}

/** Declared period, else the learned one; a second where nothing is known yet. */
export function expectedPeriod(table: MetricTable, slot: number): Ms {
  const declared = specOf(table, slot, SPEC.periodMs);
  if (declared > 0) return declared;
  const learned = at(table.periodMs, slot);
  return learned > 0 ? learned : 1_000;
}

export function specOf(table: MetricTable, slot: number, field: number): number {
  return table.spec[slot * SPEC_WIDTH + field] ?? Number.NaN;
}

/** Writes the numbers of the profile into the slots; called when the profile changes or a metric is new. */
export function applySpecs(table: MetricTable, profile: DeviceProfile | null): void {
  table.spec.fill(Number.NaN);
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const name = table.names[slot] ?? "";
    const spec = profile?.metrics[name];
    const unit = spec?.unit ?? standardUnitOf(name);
    table.thermal[slot] = isThermal(name, unit) ? 1 : 0;
    table.matters[slot] = vibrationUnits.includes(unit) ? VIBRATION_MATTERS : MATTERS;
    if (spec === undefined) continue;
    const row = [
      spec.min,
      spec.max,
      spec.ll,
      spec.l,
      spec.h,
      spec.hh,
      spec.deadband,
      spec.periodMs,
    ];
    for (let i = 0; i < SPEC_WIDTH; i += 1)
      table.spec[slot * SPEC_WIDTH + i] = row[i] ?? Number.NaN;
  }
}

/** Element of a column that is known to have the slot. */
export function at(column: Float64Array, slot: number): number {
  return column[slot] ?? 0;
}

/** Population standard deviation of what was learned; never 0, so that it can divide. */
export function learnedSd(table: MetricTable, slot: number): number {
  const count = at(table.learned, slot);
  const mean = Math.abs(at(table.mean, slot));
  const sd = count > 0 ? Math.sqrt(Math.max(0, at(table.squares, slot)) / count) : 0;
  // A channel that never moved gets a hundredth of its level: any real move must still be told apart from noise.
  return sd > 1e-6 * mean && sd > 1e-12 ? sd : Math.max(0.01 * mean, 1e-6);
}

function isThermal(metric: MetricName, unit: string): boolean {
  return metric.includes("temperature") || unit === "°C" || unit === "°F" || unit === "K";
}

function slotOf(
  table: MetricTable,
  metric: MetricName,
  expected: number,
  profile: DeviceProfile | null,
): number {
  if (table.names[expected] === metric) return expected;
  const known = table.names.indexOf(metric);
  if (known >= 0) return known;
  if (table.names.length >= MAX_METRICS) return -1;
  const slot = table.names.push(metric) - 1;
  if (slot >= table.value.length) grow(table, Math.max(8, 2 * slot));
  table.measuredAt[slot] = NEVER;
  table.receivedAt[slot] = NEVER;
  applySpecs(table, profile);
  return slot;
}

function grow(table: MetricTable, capacity: number): void {
  for (const name of doubleColumns) {
    const wider = new Float64Array(capacity);
    wider.set(table[name]);
    table[name] = wider;
  }
  for (const name of byteColumns) {
    const wider = new Uint8Array(capacity);
    wider.set(table[name]);
    table[name] = wider;
  }
  table.spec = new Float64Array(capacity * SPEC_WIDTH);
}

function isOutsideRange(table: MetricTable, slot: number, value: number): boolean {
  // NaN compares false: no range, nothing is outside.
  return value < specOf(table, slot, SPEC.min) || value > specOf(table, slot, SPEC.max);
}

function markBad(table: MetricTable, slot: number): void {
  table.quality[slot] = BAD;
  table.badRun[slot] = Math.max(0, at(table.badRun, slot)) + 1;
}

function takeValue(table: MetricTable, slot: number, value: number, reading: Reading): void {
  const before = at(table.measuredAt, slot);
  if (before !== NEVER && reading.measuredAt > before) {
    const gap = reading.measuredAt - before;
    const period = at(table.periodMs, slot);
    // A pause is not a period.
    if (period === 0) table.periodMs[slot] = gap;
    else if (gap < 10 * period) table.periodMs[slot] = period + 0.05 * (gap - period);
    else table.periodMs[slot] = period * 1.1;
  }
  countRun(table, slot, value, before === NEVER);
  table.value[slot] = value;
  table.measuredAt[slot] = reading.measuredAt;
  table.receivedAt[slot] = reading.receivedAt;
  table.fresh[slot] = 1;
  table.badRun[slot] = Math.min(0, at(table.badRun, slot)) - 1;
}

function countRun(table: MetricTable, slot: number, value: number, first: boolean): void {
  if (!first && value === at(table.value, slot)) {
    table.run[slot] = at(table.run, slot) + 1;
    return;
  }
  if (table.stuck[slot] !== 1) {
    table.longestRun[slot] = Math.max(at(table.longestRun, slot), at(table.run, slot));
  }
  table.run[slot] = 0;
  if (!first) table.changes[slot] = at(table.changes, slot) + 1;
}
