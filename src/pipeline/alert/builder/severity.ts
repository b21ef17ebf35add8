import { compareSeverity, type Severity, worseSeverity } from "../../../model/alarm.ts";
import type { BaselinePhase, DetectorName } from "../../../model/detection.ts";
import type { Criticality } from "../../../model/device.ts";
import type { HeldAlarm } from "./state.ts";

/** What the severity of one condition depends on. */
export interface SeverityInputs {
  readonly detector: DetectorName;
  readonly margin: number | null;
  /** What the rule or the detector asks for. */
  readonly requested: Severity | null;
  readonly baseline: BaselinePhase;
}

/** A severity is kept until its margin lies below this share of its step. */
export const fallShare = 0.95;

/**
 * Severity of a condition from the share of the margin used up. `share` 1 asks what it is now, `fallShare` what
 * it may fall to. A worn sensor is never an emergency of the machine, and criticality C lowers all but P0.
 */
export function severityOf(inputs: SeverityInputs, criticality: Criticality, share = 1): Severity {
  const asked = worseSeverity(ofDetector(inputs, share), inputs.requested ?? "P3");
  if (inputs.detector === "quality") return lowered(atMost(asked, "P2"), criticality);
  if (inputs.detector === "deviation" && inputs.baseline === "provisional") {
    return lowered(atMost(asked, "P2"), criticality);
  }
  return lowered(asked, criticality);
}

/** The most urgent severity of the active conditions; the present one when none is active. */
export function severityOfAlarm(
  alarm: HeldAlarm,
  criticality: Criticality,
  share: number,
): Severity {
  let worst: Severity | null = null;
  for (const { shown, requested, baseline } of alarm.conditions) {
    if (!shown.active) continue;
    const { detector, margin } = shown;
    const own = severityOf({ detector, margin, requested, baseline }, criticality, share);
    worst = worst === null ? own : worseSeverity(worst, own);
  }
  return worst ?? alarm.severity;
}

/** The less urgent of two. */
export function milderSeverity(a: Severity, b: Severity): Severity {
  return compareSeverity(a, b) >= 0 ? a : b;
}

function ofDetector({ detector, margin, requested }: SeverityInputs, share: number): Severity {
  if (detector === "quality") return "P3";
  if (margin !== null) {
    if (margin >= share) return "P0";
    if (margin >= 0.8 * share) return "P1";
    if (margin >= 0.6 * share) return "P2";
  }
  // A confirmed deviation is P2 by itself, unless its detector says what it asks for (a slow drift).
  return detector === "deviation" && requested === null ? "P2" : "P3";
}

const atMost = (severity: Severity, cap: Severity): Severity => milderSeverity(severity, cap);

function lowered(severity: Severity, criticality: Criticality): Severity {
  if (criticality !== "C" || severity === "P0") return severity;
  return severity === "P1" ? "P2" : "P3";
}
