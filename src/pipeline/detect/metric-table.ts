import type { EpochMs, MetricName, Ms } from "../../model/basics.ts";
import type { DeviceProfile, MetricSpec } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import { standardUnitOf } from "../../model/units.ts";
import { addSlot, CELL, get, type MetricTable, set } from "./metric-cells.ts";

/** Metrics of one device beyond this number are stored and shown, not watched: state stays bounded. */
const MAX_METRICS = 128;
/** A value is held for this many expected periods. */
const HELD_PERIODS = 3;
const NEVER = -1e18;
/** A change below this share of its level is no news, however sure it is; vibration never repeats itself closer. */
const MATTERS = 0.01;
const VIBRATION_MATTERS = 0.06;
const vibrationUnits: readonly string[] = ["g", "m/s²", "mm/s", "in/s"];

const GOOD = 0;
const UNCERTAIN = 1;
const BAD = 2;
/** Bits of `CELL.limits` and `CELL.limited`. */
export const HIGH = 1;
export const LOW = 2;

/** Takes the usable values of a reading over; what is bad keeps the last value and loses its standing. */
export function updateTable(
  table: MetricTable,
  reading: Reading,
  profile: DeviceProfile | null,
): void {
  table.readings += 1;
  let expected = 0;
  for (const [metric, value] of reading.values) {
    const slot = slotOf(table, { metric, expected, profile });
    expected = slot + 1;
    if (slot < 0) continue;
    const quality = reading.qualities?.get(metric);
    if (quality === "bad" || !Number.isFinite(value) || isOutsideRange(table, slot, value)) {
      markBad(table, slot);
    } else {
      takeValue(table, slot, { value, reading });
      set(table, slot, CELL.quality, quality === "uncertain" ? UNCERTAIN : GOOD);
    }
  }
  if (reading.faults === null) return;
  for (const metric of reading.faults.keys()) {
    const slot = slotOf(table, { metric, expected, profile });
    if (slot >= 0) markBad(table, slot);
  }
}

/** Slot of a metric, −1 when it was never seen. */
export function findSlot(table: MetricTable, metric: MetricName): number {
  return table.names.indexOf(metric);
}

/** True when the reading at hand brought a usable value. */
export function isFresh(table: MetricTable, slot: number): boolean {
  return get(table, slot, CELL.freshIn) === table.readings;
}

/** True when the value may decide something now: trusted, not stuck, and at most three periods old. */
export function isUsable(table: MetricTable, slot: number, now: EpochMs): boolean {
  if (get(table, slot, CELL.quality) === BAD || get(table, slot, CELL.stuck) === 1) return false;
  if (isFresh(table, slot)) return true;
  return now - get(table, slot, CELL.measuredAt) <= HELD_PERIODS * expectedPeriod(table, slot);
}

/** True when the value may teach a baseline: fresh, good and not stuck. */
export function isTeaching(table: MetricTable, slot: number): boolean {
  const good = get(table, slot, CELL.quality) === GOOD && get(table, slot, CELL.stuck) !== 1;
  return good && isFresh(table, slot);
}

export function qualityName(table: MetricTable, slot: number): "good" | "uncertain" | "bad" {
  const quality = get(table, slot, CELL.quality);
  if (quality === BAD || get(table, slot, CELL.stuck) === 1) return "bad";
  return quality === UNCERTAIN ? "uncertain" : "good";
}

/** Declared period, else the learned one; a second where nothing is known yet. */
export function expectedPeriod(table: MetricTable, slot: number): Ms {
  const declared = get(table, slot, CELL.declaredPeriodMs);
  if (declared > 0) return declared;
  const learned = get(table, slot, CELL.periodMs);
  return learned > 0 ? learned : 1_000;
}

/** Writes the numbers of the profile into the slots; called when the profile changes or a metric is new. */
export function applySpecs(table: MetricTable, profile: DeviceProfile | null): void {
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const name = table.names[slot] ?? "";
    applySpec(table, slot, { name, spec: profile?.metrics[name] });
  }
}

/** Element of a column that is known to have the slot. */
export function at(column: Float64Array, slot: number): number {
  return column[slot] ?? 0;
}

/** Population standard deviation of what was learned; never 0, so that it can divide. */
export function learnedSd(table: MetricTable, slot: number): number {
  const count = get(table, slot, CELL.learned);
  const mean = Math.abs(get(table, slot, CELL.mean));
  const squares = Math.max(0, get(table, slot, CELL.squares));
  const sd = count > 0 ? Math.sqrt(squares / count) : 0;
  // A channel that never moved gets a hundredth of its level: any real move must still be told apart from noise.
  return sd > 1e-6 * mean && sd > 1e-12 ? sd : Math.max(0.01 * mean, 1e-6);
}

function applySpec(
  table: MetricTable,
  slot: number,
  { name, spec }: { readonly name: MetricName; readonly spec: MetricSpec | undefined },
): void {
  const unit = spec?.unit ?? standardUnitOf(name);
  set(table, slot, CELL.thermal, isThermal(name, unit) ? 1 : 0);
  const matters = vibrationUnits.includes(unit) ? VIBRATION_MATTERS : MATTERS;
  set(table, slot, CELL.matters, matters);
  const numberOf = (value: number | null | undefined): number => value ?? Number.NaN;
  set(table, slot, CELL.min, numberOf(spec?.min));
  set(table, slot, CELL.max, numberOf(spec?.max));
  set(table, slot, CELL.ll, numberOf(spec?.ll));
  set(table, slot, CELL.l, numberOf(spec?.l));
  set(table, slot, CELL.h, numberOf(spec?.h));
  set(table, slot, CELL.hh, numberOf(spec?.hh));
  set(table, slot, CELL.deadband, numberOf(spec?.deadband));
  set(table, slot, CELL.declaredPeriodMs, numberOf(spec?.periodMs));
  const isSet = (value: number | null | undefined): boolean => typeof value === "number";
  const high = isSet(spec?.h) || isSet(spec?.hh) ? HIGH : 0;
  const low = isSet(spec?.l) || isSet(spec?.ll) ? LOW : 0;
  set(table, slot, CELL.limits, high | low);
}

function isThermal(metric: MetricName, unit: string): boolean {
  return metric.includes("temperature") || unit === "°C" || unit === "°F" || unit === "K";
}

interface Asked {
  readonly metric: MetricName;
  /** Where it stood in the reading before. */
  readonly expected: number;
  readonly profile: DeviceProfile | null;
}

function slotOf(table: MetricTable, { metric, expected, profile }: Asked): number {
  if (table.names[expected] === metric) return expected;
  const known = table.names.indexOf(metric);
  if (known >= 0) return known;
  if (table.names.length >= MAX_METRICS) return -1;
  const slot = addSlot(table, metric);
  set(table, slot, CELL.measuredAt, NEVER);
  set(table, slot, CELL.receivedAt, NEVER);
  applySpec(table, slot, { name: metric, spec: profile?.metrics[metric] });
  return slot;
}

function isOutsideRange(table: MetricTable, slot: number, value: number): boolean {
  // NaN compares false: no range, nothing is outside.
  return value < get(table, slot, CELL.min) || value > get(table, slot, CELL.max);
}

function markBad(table: MetricTable, slot: number): void {
  set(table, slot, CELL.quality, BAD);
  set(table, slot, CELL.badRun, Math.max(0, get(table, slot, CELL.badRun)) + 1);
}

function takeValue(
  table: MetricTable,
  slot: number,
  { value, reading }: { readonly value: number; readonly reading: Reading },
): void {
  const before = get(table, slot, CELL.measuredAt);
  const first = before === NEVER;
  if (!first && reading.measuredAt > before) {
    const gap = reading.measuredAt - before;
    const period = get(table, slot, CELL.periodMs);
    // A pause is not a period.
    const next = gap < 10 * period ? period + 0.05 * (gap - period) : period * 1.1;
    set(table, slot, CELL.periodMs, period === 0 ? gap : next);
  }
  countRun(table, slot, !first && value === get(table, slot, CELL.value), first);
  set(table, slot, CELL.value, value);
  set(table, slot, CELL.measuredAt, reading.measuredAt);
  set(table, slot, CELL.receivedAt, reading.receivedAt);
  set(table, slot, CELL.freshIn, table.readings);
  set(table, slot, CELL.badRun, Math.min(0, get(table, slot, CELL.badRun)) - 1);
}

function countRun(table: MetricTable, slot: number, same: boolean, first: boolean): void {
  const run = get(table, slot, CELL.run);
  if (same) {
    set(table, slot, CELL.run, run + 1);
    return;
  }
  if (get(table, slot, CELL.stuck) !== 1 && run > get(table, slot, CELL.longestRun)) {
    set(table, slot, CELL.longestRun, run);
  }
  set(table, slot, CELL.run, 0);
  if (!first) set(table, slot, CELL.changes, get(table, slot, CELL.changes) + 1);
}
