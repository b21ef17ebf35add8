import type { EpochMs } from "../../model/basics.ts";
import { type Collector, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";

/** STARTING that does not end is a fault of its own: until then it only blanks the rules that ask for it. */
export function checkStartTime(state: DetectState, now: EpochMs, out: Collector): void {
  const dueAt = startDueAt(state);
  if (dueAt === null && state.conditions.length === 0) return;
  const holds = dueAt !== null && now > dueAt;
  const part = { detector: "rule", condition: "start_too_long", severity: "P2" } as const;
  report(state, finding({ ...part, holds }), out);
}

/** True while STARTING may blank rules. */
export function isBlanking(state: DetectState, now: EpochMs): boolean {
  const dueAt = startDueAt(state);
  return dueAt !== null && now <= dueAt;
}

/** Our time at which a start has lasted too long; null: the machine is not starting. */
export function startDueAt(state: DetectState): EpochMs | null {
  if (state.mode !== "STARTING" || state.modeChangedAt === null) return null;
  return state.modeChangedAt + state.settings.startupMaxMs;
}
