import type { AggregateRow } from "../../model/aggregate.ts";
import { type DeviceId, type EpochMs, MINUTE, type Ms } from "../../model/basics.ts";
import type { StreamEvent } from "../../model/control.ts";
import type { Reading } from "../../model/reading.ts";
import { aggregateSamples, byMinuteThenMetric, rowsOfSeries } from "./aggregate-minutes.ts";
import {
  createMinuteValues,
  type MinuteValues,
  minuteOf,
  takeReading,
  usableOf,
} from "./minute-values.ts";

/** A minute whose values are still at hand. */
interface KeptMinute {
  readonly values: MinuteValues;
  /** Counts what was told of it; the highest is right. */
  revision: number;
  /** When what has changed is told, by the clock of ticks; null: nothing has changed. */
  dueAt: EpochMs | null;
  /** It holds more than can be kept: whoever has the raw readings must compute it. */
  overfull: boolean;
}

/** What one device's minutes are made of: plain data, bounded. */
export interface AggregateState {
  readonly deviceId: DeviceId;
  /** Newest time of the device's own clock. */
  newestAt: EpochMs | null;
  /** In order of time. */
  minutes: KeptMinute[];
  /** Minutes that came too late to be computed here, to be told with the next tick. */
  tooLate: EpochMs[];
}

/** All metrics of one minute as they stand. */
export interface MinuteOutput {
  readonly deviceId: DeviceId;
  readonly minuteAt: EpochMs;
  readonly revision: number;
  readonly rows: readonly AggregateRow[];
}

export interface AggregateOutput {
  readonly state: AggregateState;
  readonly minutes: readonly MinuteOutput[];
  /** Minutes that must be computed from the raw readings. */
  readonly recompute: readonly EpochMs[];
}

export interface AggregateStepOptions {
  /** How long a minute's values are kept after its end, in the device's own time. */
  readonly keepMs: Ms;
  /** The minute under way is told at most this often. */
  readonly refreshMs: Ms;
}

/** Instants of a minute that are kept: a hundred a second. */
const MAX_INSTANTS = 6_000;
/** Late minutes under way to a tick; beyond, the oldest are told at once. */
const MAX_TOO_LATE = 1_000;

/**
 * Minutes of one device as a pure function (commit point C where steps run outside the telemetry store). With
 * the store's arithmetic over the same values in the same order: the rows are the same to the bit.
 * - A finished minute is told at the next tick, and again whenever a late reading changes it.
 * - The minute under way is told every `refreshMs`.
 * - What is too late for the values kept here is left to whoever has the raw readings.
 * - Duplicates and contradictions change nothing, by the rule of a reading's identity.
 */
export interface AggregateStep {
  initial(deviceId: DeviceId): AggregateState;
  /** The state is handed over: it is changed in place. */
  step(state: AggregateState, event: StreamEvent): AggregateOutput;
  /** Earliest tick that can change anything; null: none. */
  dueAt(state: AggregateState): EpochMs | null;
}

export function createAggregateStep(options: AggregateStepOptions): AggregateStep {
  return {
    initial: (deviceId) => ({ deviceId, newestAt: null, minutes: [], tooLate: [] }),
    step: (state, event) => {
      if (event.kind === "reading") return stepReading(state, event.reading, options);
      if (event.kind === "tick") return stepTick(state, event.at);
      return { state, minutes: [], recompute: [] };
    },
    dueAt,
  };
}

function stepReading(
  state: AggregateState,
  reading: Reading,
  options: AggregateStepOptions,
): AggregateOutput {
  const minutes: MinuteOutput[] = [];
  const recompute: EpochMs[] = [];
  const minuteAt = minuteOf(reading.measuredAt);
  if (state.newestAt === null || reading.measuredAt > state.newestAt) {
    state.newestAt = reading.measuredAt;
  }
  if (isForgotten(state, minuteAt, options)) {
    noteTooLate(state, minuteAt, recompute);
    return { state, minutes, recompute };
  }
  const kept = keep(state, minuteAt);
  if (take(kept, reading)) {
    const isUnderWay = minuteAt === state.minutes.at(-1)?.values.minuteAt;
    const soon = reading.receivedAt + options.refreshMs;
    kept.dueAt = isUnderWay ? (kept.dueAt ?? soon) : NOW;
  }
  while (state.minutes.length > 0) {
    const [oldest] = state.minutes;
    if (oldest === undefined || !isForgotten(state, oldest.values.minuteAt, options)) break;
    state.minutes.shift();
    if (oldest.dueAt !== null) tell(state, oldest, { minutes, recompute });
  }
  return { state, minutes, recompute };
}

function stepTick(state: AggregateState, now: EpochMs): AggregateOutput {
  const minutes: MinuteOutput[] = [];
  const recompute = state.tooLate;
  state.tooLate = [];
  for (const kept of state.minutes) {
    if (kept.dueAt !== null && kept.dueAt <= now) tell(state, kept, { minutes, recompute });
  }
  return { state, minutes, recompute };
}

/** Due at the next tick, whatever its time. */
const NOW: EpochMs = 0;

function dueAt(state: AggregateState): EpochMs | null {
  if (state.tooLate.length > 0) return NOW;
  let earliest: EpochMs | null = null;
  for (const kept of state.minutes) {
    if (kept.dueAt === null) continue;
    earliest = earliest === null ? kept.dueAt : Math.min(earliest, kept.dueAt);
  }
  return earliest;
}

function isForgotten(
  { newestAt }: AggregateState,
  minuteAt: EpochMs,
  { keepMs }: AggregateStepOptions,
): boolean {
  return newestAt !== null && minuteAt + MINUTE + keepMs <= newestAt;
}

/** The minute's values; when it begins, what was under way before it is finished. */
function keep(state: AggregateState, minuteAt: EpochMs): KeptMinute {
  const { minutes } = state;
  let index = minutes.length;
  while (index > 0 && (minutes[index - 1]?.values.minuteAt ?? 0) > minuteAt) index -= 1;
  const known = minutes[index - 1];
  if (known?.values.minuteAt === minuteAt) return known;
  const values = createMinuteValues(minuteAt);
  const begun: KeptMinute = { values, revision: 0, dueAt: null, overfull: false };
  if (index === minutes.length && known !== undefined && known.dueAt !== null) known.dueAt = NOW;
  minutes.splice(index, 0, begun);
  return begun;
}

function take(kept: KeptMinute, reading: Reading): boolean {
  if (kept.overfull) return true;
  if (kept.values.count < MAX_INSTANTS) return takeReading(kept.values, reading);
  kept.overfull = true;
  kept.values.count = 0;
  kept.values.at = new Float64Array(0);
  kept.values.columns = [];
  return true;
}

function tell(
  { deviceId }: AggregateState,
  kept: KeptMinute,
  out: { readonly minutes: MinuteOutput[]; readonly recompute: EpochMs[] },
): void {
  kept.dueAt = null;
  const { minuteAt, columns } = kept.values;
  if (kept.overfull) {
    out.recompute.push(minuteAt);
    return;
  }
  kept.revision += 1;
  const rows = columns.flatMap((column) => {
    const { at, values } = usableOf(kept.values, column);
    return rowsOfSeries(deviceId, column.metric, aggregateSamples(at, values));
  });
  rows.sort(byMinuteThenMetric);
  out.minutes.push({ deviceId, minuteAt, revision: kept.revision, rows });
}

function noteTooLate(state: AggregateState, minuteAt: EpochMs, recompute: EpochMs[]): void {
  if (state.tooLate.includes(minuteAt)) return;
  state.tooLate.push(minuteAt);
  if (state.tooLate.length > MAX_TOO_LATE) recompute.push(...state.tooLate.splice(0, 1));
}
