import type { EpochMs, Ms } from "../../model/basics.ts";
import { SECOND } from "../../model/basics.ts";
import type { DeviceProfile } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import { type Collector, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { expectedPeriod } from "./metric-table.ts";

/** Nobody is called before this much silence, however fast the device usually speaks. */
const FLOOR_MS: Ms = 30 * SECOND;
/** Arrivals before a period counts as learned. */
const LEARNED_ARRIVALS = 20;
/** Share of the longest pause that is kept with each arrival: some hundred arrivals forget it. */
const PAUSE_KEPT = 0.99;

/** The period of the fastest metric that has one; asked whenever the profile changes, not with every reading. */
export function declaredPeriodOf(profile: DeviceProfile): Ms | null {
  let declared: Ms | null = null;
  for (const { periodMs } of Object.values(profile.metrics)) {
    if (periodMs !== null) declared = Math.min(declared ?? periodMs, periodMs);
  }
  return declared;
}

/** Learns how long this device usually pauses, in our own time, and ends a silence. */
export function noteArrival(state: DetectState, reading: Reading, out: Collector): void {
  const before = state.newestReceivedAt;
  if (before !== null && reading.receivedAt > before && !state.silent) {
    const gap = reading.receivedAt - before;
    state.arrivalGapMs = Math.max(gap, PAUSE_KEPT * state.arrivalGapMs);
  }
  state.arrivals += 1;
  state.newestReceivedAt = Math.max(before ?? reading.receivedAt, reading.receivedAt);
  if (!state.silent) return;
  state.silent = false;
  report(state, finding({ detector: "silence", condition: "no_data", holds: false }), out);
}

/** D7: a device that was heard regularly and is not heard any more. */
export function checkSilence(state: DetectState, now: EpochMs, out: Collector): void {
  const dueAt = silenceDueAt(state);
  if (dueAt === null || now < dueAt || state.silent) return;
  state.silent = true;
  const severity = severities[state.profile?.criticality ?? "C"];
  report(state, finding({ detector: "silence", condition: "no_data", holds: true, severity }), out);
  // What was true of the machine cannot be confirmed any more, and is not over either.
  for (const entry of state.conditions) entry.unconfirmed = entry.detector !== "silence";
}

/** Receive time from which silence is an alarm; null: not expected, or it is one already. */
export function silenceDueAt(state: DetectState): EpochMs | null {
  if (state.silent || state.newestReceivedAt === null) return null;
  if (state.mode === "RETIRED" || state.mode === "MAINTENANCE") return null;
  const period = expectedArrival(state);
  return period === null ? null : state.newestReceivedAt + Math.max(3 * period, FLOOR_MS);
}

const severities = { A: "P1", B: "P2", C: "P3" } as const;

/** The declared period of the fastest metric, else what was learned from enough arrivals. */
function expectedArrival(state: DetectState): Ms | null {
  if (state.declaredPeriodMs !== null) return state.declaredPeriodMs;
  if (state.arrivals < LEARNED_ARRIVALS) return null;
  let period = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < state.table.names.length; slot += 1) {
    period = Math.min(period, expectedPeriod(state.table, slot));
  }
  return Math.max(period, state.arrivalGapMs);
}
