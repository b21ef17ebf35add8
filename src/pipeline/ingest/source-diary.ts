import { type DeviceId, type EpochMs, MINUTE, type Ms } from "../../model/basics.ts";
import type { IngestAnswer, SourceItem } from "../../ports/source-adapter.ts";
import { parseTimestamp } from "./timestamp.ts";

/** What one tag of a source was refused for, since the source was started. */
export interface TagTrouble {
  /** null: the item does not say. */
  readonly deviceId: DeviceId | null;
  /** A metric or a field; null: the reading as a whole. */
  readonly field: string | null;
  readonly code: string;
  readonly count: number;
  readonly lastAt: EpochMs;
}

/** How far a device's clock is from ours. */
export interface DeviceSkew {
  readonly deviceId: DeviceId;
  /** Above 0: its clock is ahead. Below 0: it is behind, or its readings come that late at least. */
  readonly skewMs: Ms;
}

/** What can be told of the single tags and clocks behind a source. */
export interface SourceDiary {
  note(items: readonly SourceItem[], answer: IngestAnswer, now: EpochMs): void;
  /** Newest first. */
  troubles(): readonly TagTrouble[];
  /** Largest first; devices whose readings are stamped by us have no clock of their own. */
  skews(now: EpochMs): readonly DeviceSkew[];
}

/** Tags and devices that are remembered; a source that makes up ever new ones must not fill the memory. */
const TROUBLES_MAX = 500;
const DEVICES_MAX = 10_000;
/** A backlog looks like a clock that is behind; the newest minute or two tell the two apart. */
const WINDOW_MS: Ms = MINUTE;

interface Clockwork {
  /** Beginning of the present window, the best of it, and the best of the one before. */
  since: EpochMs;
  best: Ms;
  before: Ms | null;
}

/**
 * A reading can only be delayed, never early: the one that comes soonest after its time tells most about the clock.
 * So the skew of a device is the greatest of (its time − ours) of the last one to two minutes with readings.
 */
export function createSourceDiary(): SourceDiary {
  const troubles = new Map<string, TagTrouble>();
  const clocks = new Map<DeviceId, Clockwork>();
  const trouble = (item: SourceItem | undefined, field: string | null, about: Seen): void => {
    const deviceId = deviceOf(item);
    const key = JSON.stringify([deviceId, field, about.code]);
    const known = troubles.get(key);
    // Set anew, so that the newest stand last and the oldest go first.
    troubles.delete(key);
    const { code, now: lastAt } = about;
    troubles.set(key, { deviceId, field, code, count: (known?.count ?? 0) + 1, lastAt });
    if (troubles.size <= TROUBLES_MAX) return;
    const [oldest] = troubles.keys();
    if (oldest !== undefined) troubles.delete(oldest);
  };
  return {
    note: (items, answer, now) => {
      for (const item of items) noteTime(clocks, item, now);
      for (const { index, field, code } of answer.rejected)
        trouble(items[index], field, { code, now });
      for (const { index, field, code } of answer.degraded)
        trouble(items[index], field, { code, now });
    },
    troubles: () => [...troubles.values()].toReversed(),
    skews: (now) =>
      [...clocks]
        .flatMap(([deviceId, { since, best, before }]) =>
          now - since > 10 * WINDOW_MS
            ? []
            : [{ deviceId, skewMs: before === null ? best : Math.max(best, before) }],
        )
        .sort((a, b) => Math.abs(b.skewMs) - Math.abs(a.skewMs)),
  };
}

interface Seen {
  readonly code: string;
  readonly now: EpochMs;
}

function noteTime(clocks: Map<DeviceId, Clockwork>, item: SourceItem, now: EpochMs): void {
  const deviceId = deviceOf(item);
  if (deviceId === null || item.timeFrom === "arrival") return;
  const at = parseTimestamp((item.value as { readonly timestamp?: unknown }).timestamp);
  if (typeof at === "string") return;
  const skew = Math.round(at - now);
  const known = clocks.get(deviceId);
  if (known === undefined) {
    if (clocks.size < DEVICES_MAX) clocks.set(deviceId, { since: now, best: skew, before: null });
    return;
  }
  if (now - known.since < WINDOW_MS) {
    known.best = Math.max(known.best, skew);
    return;
  }
  known.before = now - known.since < 2 * WINDOW_MS ? known.best : null;
  known.since = now;
  known.best = skew;
}

function deviceOf(item: SourceItem | undefined): DeviceId | null {
  const value = item?.value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "device_id"))
    return null;
  const deviceId = (value as Readonly<Record<string, unknown>>)["device_id"];
  return typeof deviceId === "string" ? deviceId.slice(0, 50) : null;
}
