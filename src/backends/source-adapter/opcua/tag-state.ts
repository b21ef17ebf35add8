import type { EpochMs, Ms } from "../../../model/basics.ts";
import type { MappedTag } from "./node-map.ts";
import type { TakenValue } from "./value-codec.ts";

/** What is known of a tag while IAI runs; it outlives sessions. */
export interface TagState {
  readonly tag: MappedTag;
  /** Its number in the subscription. */
  readonly handle: number;
  /** With the number that its namespace has in this session; null: the server has no such namespace. */
  nodeId: string | null;
  /** The last number that was handed in, and its time. */
  lastNumber: number | null;
  lastAt: EpochMs | null;
  /** The newest value that the subscription told: what a look at the server is compared with. */
  notified: TakenValue | null;
  /** Monotonic: when it was heard of last, by the subscription or by a look. */
  heardAt: Ms;
  /** Monotonic: since when the server shows another value than it told; null: it does not. */
  differsSince: Ms | null;
  /** The server cannot or will not monitor it. */
  refusal: string | null;
  /** What is wrong with its newest value. */
  trouble: string | null;
}

/** A silent tag is told as such after this many of its expected periods. */
const SILENT_PERIODS = 3;

export function createTagStates(tags: readonly MappedTag[], now: Ms): readonly TagState[] {
  return tags.map((tag, handle) => ({
    tag,
    handle,
    nodeId: null,
    lastNumber: null,
    lastAt: null,
    notified: null,
    heardAt: now,
    differsSince: null,
    refusal: null,
    trouble: null,
  }));
}

/** A session begins: what was silent before it is not held against it. */
export function beginSession(states: readonly TagState[], now: Ms): void {
  for (const state of states) {
    state.heardAt = now;
    state.differsSince = null;
  }
}

/** Worth a look: it said nothing for its expected period. */
export function isQuiet(state: TagState, now: Ms): boolean {
  return state.refusal === null && now - state.heardAt >= state.tag.expectedMs;
}

/** The server shows another value than it told, for longer than any delay explains: the subscription is dead. */
export function isSubscriptionDead({ differsSince, tag }: TagState, now: Ms): boolean {
  return differsSince !== null && now - differsSince >= SILENT_PERIODS * tag.expectedMs;
}

/** The server shows what it told. Nothing told, and nothing good to tell, is no contradiction. */
export function isAsTold({ notified, tag }: TagState, seen: TakenValue): boolean {
  if (notified === null) return seen.quality === "bad";
  if (notified.quality !== seen.quality) return false;
  const [told, shown] = [notified.value, seen.value];
  if (typeof told !== "number" || typeof shown !== "number") return typeof told === typeof shown;
  return Math.abs(told - shown) <= (tag.deadband ?? 0);
}

/** Why a person should look at this tag; null: it is well. */
export function troubleOf(state: TagState, now: Ms): string | null {
  if (state.refusal !== null) return state.refusal;
  const silentMs = now - state.heardAt;
  if (silentMs >= SILENT_PERIODS * state.tag.expectedMs)
    return `silent for ${Math.floor(silentMs / 1_000)} s`;
  return state.trouble;
}
