import type { EpochMs } from "../../../model/basics.ts";
import type { Quality } from "../../../model/reading.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import type { TagState } from "./tag-state.ts";
import type { NoNumber, TakenValue } from "./value-codec.ts";

/** A value of a tag, as it arrived. */
export interface TagValue {
  readonly state: TagState;
  readonly taken: TakenValue;
}

interface Draft {
  readonly state: TagState;
  readonly at: EpochMs;
  readonly metrics: Map<string, number | string>;
  readonly qualities: Map<string, Quality>;
  readonly units: Map<string, string>;
  /** Why it is no reading as long as no number joins it. */
  fault: { readonly code: string; readonly detail: string } | null;
  hasNumber: boolean;
}

/**
 * Readings from values in the order they came; those of one device and one instant are one reading. Notes in the states
 * what was handed in.
 */
export function readingsOf(
  values: readonly TagValue[],
  about: { readonly source: string; readonly receivedAt: EpochMs },
): readonly SourceItem[] {
  const drafts: Draft[] = [];
  const open = new Map<string, Draft>();
  for (const { state, taken } of values) {
    const { deviceId, metric } = state.tag;
    const time = timeOf(state, taken, about.receivedAt);
    const key = `${deviceId} ${time.at}`;
    let draft = open.get(key);
    if (draft === undefined || draft.metrics.has(metric)) {
      draft = emptyDraft(state, time.at);
      open.set(key, draft);
      drafts.push(draft);
    }
    add(draft, { state, taken }, time.isOurs);
    note(state, taken, time.at);
  }
  return drafts.map((draft) => itemOf(draft, about.source));
}

const emptyDraft = (state: TagState, at: EpochMs): Draft => ({
  state,
  at,
  metrics: new Map(),
  qualities: new Map(),
  units: new Map(),
  fault: null,
  hasNumber: false,
});

/**
 * The source's time, else the server's, else ours. A server that changes value or status and leaves the source's time as
 * it was means its own: two values of one instant would be a contradiction.
 */
function timeOf(
  state: TagState,
  { sourceAt, serverAt, value, quality }: TakenValue,
  receivedAt: EpochMs,
): { readonly at: EpochMs; readonly isOurs: boolean } {
  const at = sourceAt ?? serverAt;
  if (at === null) return { at: receivedAt, isOurs: true };
  const isRepeat = value === state.lastNumber && quality === "good";
  const isSameInstant = at === state.lastAt && !isRepeat;
  return { at: isSameInstant && serverAt !== null && serverAt > at ? serverAt : at, isOurs: false };
}

function add(draft: Draft, { state, taken }: TagValue, isTimeOurs: boolean): void {
  const { metric, unit } = state.tag;
  const { value, status } = taken;
  // A time that neither the device nor the server gave is a guess, and marked as one.
  let quality: Quality = isTimeOurs && taken.quality === "good" ? "uncertain" : taken.quality;
  let number: number | NoNumber = value;
  // Bad without a number: the last one is repeated as bad, so that an alarm on it knows that it is not confirmed.
  if (typeof number !== "number" && quality === "bad" && state.lastNumber !== null)
    number = state.lastNumber;
  if (typeof number === "number") {
    draft.metrics.set(metric, number);
    draft.hasNumber = true;
  } else {
    const isEndless = number.code === "VALUE_NOT_FINITE";
    draft.metrics.set(metric, isEndless ? Number(number.text) : number.text);
    draft.fault ??= { code: number.code, detail: `${metric} is ${status ?? number.text}` };
    quality = "bad";
  }
  if (quality !== "good") draft.qualities.set(metric, quality);
  if (unit !== null) draft.units.set(metric, unit);
}

function note(state: TagState, { value, status }: TakenValue, at: EpochMs): void {
  if (typeof value === "number") state.lastNumber = value;
  if (state.lastAt === null || at > state.lastAt) state.lastAt = at;
  state.trouble = status ?? (typeof value === "number" ? null : `no number: ${value.text}`);
}

function itemOf(draft: Draft, source: string): SourceItem {
  const { deviceId, factoryId, lineId } = draft.state.tag;
  const value = {
    device_id: deviceId,
    timestamp: draft.at,
    ...(factoryId === null ? {} : { factory_id: factoryId }),
    ...(lineId === null ? {} : { line_id: lineId }),
    ...(draft.units.size === 0 ? {} : { units: Object.fromEntries(draft.units) }),
    ...(draft.qualities.size === 0 ? {} : { quality: Object.fromEntries(draft.qualities) }),
    metrics: Object.fromEntries(draft.metrics),
  };
  const bytes = Buffer.from(JSON.stringify(value, writable));
  const fault = draft.hasNumber ? null : draft.fault;
  return {
    value: fault === null ? value : undefined,
    fault,
    bytes,
    source: `${source}:${deviceId}`,
  };
}

/** JSON has no word for what is not finite. */
const writable = (_key: string, part: unknown): unknown =>
  typeof part === "number" && !Number.isFinite(part) ? String(part) : part;
