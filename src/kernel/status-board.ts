import type { EpochMs } from "../model/basics.ts";
import type { Clock } from "./clock.ts";

export type Condition = "connecting" | "running" | "stopped" | "failed";

/** How one part stands: a connection, a slave. */
export interface PartStatus {
  readonly name: string;
  readonly state: Condition;
  /** When its state changed last. */
  readonly since: EpochMs;
  /** Why it does not run; null while it runs. */
  readonly lastError: string | null;
  readonly lastValueAt: EpochMs | null;
}

/** How something with several parts stands. */
export interface WholeStatus {
  readonly state: Condition;
  readonly since: EpochMs;
  readonly lastError: string | null;
  readonly lastValueAt: EpochMs | null;
  /** Times that a part ran again after it had not. */
  readonly recoveries: number;
  readonly parts: readonly PartStatus[];
}

/**
 * Keeps the states of parts. The whole runs while one of its parts does, with the newest trouble of the others as
 * its last error; else it is failed when a part needs a person, and connecting when all only need patience.
 */
export interface StatusBoard {
  /** True: the state or its reason is news, worth a line in the log. */
  set(part: string, state: Condition, error?: string): boolean;
  /** A value of this part was taken. */
  value(part: string, at: EpochMs): void;
  whole(): WholeStatus;
}

interface Part {
  state: Condition;
  since: EpochMs;
  lastError: string | null;
  lastValueAt: EpochMs | null;
  ranOnce: boolean;
}

export function createStatusBoard(
  clock: Pick<Clock, "now">,
  names: readonly string[],
): StatusBoard {
  const fresh = (): Part => ({
    state: "stopped",
    since: clock.now(),
    lastError: null,
    lastValueAt: null,
    ranOnce: false,
  });
  const parts = new Map(names.map((name) => [name, fresh()]));
  const of = (name: string): Part => {
    const part = parts.get(name) ?? fresh();
    parts.set(name, part);
    return part;
  };
  let recoveries = 0;
  return {
    set: (name, state, error) => {
      const part = of(name);
      const isNews = part.state !== state || (error !== undefined && part.lastError !== error);
      if (state === "running" && part.state !== "running") {
        if (part.ranOnce) recoveries += 1;
        part.ranOnce = true;
      }
      if (part.state !== state) part.since = clock.now();
      part.state = state;
      // Trying again is no reason to forget why.
      if (error !== undefined) part.lastError = error;
      else if (state !== "connecting") part.lastError = null;
      return isNews;
    },
    value: (name, at) => {
      const part = of(name);
      part.lastValueAt = Math.max(part.lastValueAt ?? at, at);
    },
    whole: () => ({ ...wholeOf([...parts.values()]), recoveries, parts: [...parts].map(partOf) }),
  };
}

const partOf = ([name, part]: [string, Part]): PartStatus => {
  const { ranOnce: _, ...status } = part;
  return { name, ...status };
};

function wholeOf(parts: readonly Part[]): Omit<WholeStatus, "recoveries" | "parts"> {
  const order: readonly Condition[] = ["running", "failed", "connecting", "stopped"];
  const state = order.find((one) => parts.some((part) => part.state === one)) ?? "stopped";
  const inState = parts.filter((part) => part.state === state);
  const troubled = parts
    .filter((part) => part.lastError !== null && part.state !== "running")
    .toSorted((a, b) => b.since - a.since);
  const values = parts.flatMap(({ lastValueAt }) => (lastValueAt === null ? [] : [lastValueAt]));
  return {
    state,
    since: Math.min(...inState.map(({ since }) => since)),
    lastError: troubled[0]?.lastError ?? null,
    lastValueAt: values.length === 0 ? null : Math.max(...values),
  };
}
