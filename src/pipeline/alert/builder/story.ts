import { isActive } from "../../../model/alarm.ts";
import type { DetectorName, DetectorSignal } from "../../../model/detection.ts";
import type { AlertBuilderState, HeldAlarm } from "./state.ts";

/** A metric belongs to a deviation from this share of its score on. */
const contributionMin = 0.2;
/** What makes a deviation an alert before its time: a limit, a rule (a fault signature) or an external verdict. */
const confirming: readonly DetectorName[] = ["limit", "rule", "external", "deviation"];

type Subject = Pick<DetectorSignal, "detector" | "metrics" | "contributions">;

/** The active alarm that already holds this condition. */
export function findHolding(state: AlertBuilderState, condition: string): HeldAlarm | null {
  return state.alarms.find((alarm) => isActive(alarm.state) && holds(alarm, condition)) ?? null;
}

/**
 * The oldest active alarm whose story this condition belongs to: they share a metric. A sensor's fault may join
 * the machine's alarm, but an alarm about a sensor never becomes one about the machine.
 */
export function findStory(state: AlertBuilderState, signal: DetectorSignal): HeldAlarm | null {
  const belongs = (alarm: HeldAlarm): boolean =>
    isActive(alarm.state) &&
    sharesMetric(alarm, signal) &&
    (signal.detector === "quality" || !isAboutSensor(alarm));
  return state.alarms.find(belongs) ?? null;
}

function isAboutSensor(alarm: HeldAlarm): boolean {
  return alarm.conditions.every(({ shown }) => shown.detector === "quality");
}

/** The alarm that cleared last with this condition and is still inside its cool-down at `at`. */
export function findCooling(
  state: AlertBuilderState,
  condition: string,
  at: number,
): HeldAlarm | null {
  const cooling = state.alarms.filter(
    (alarm) =>
      alarm.clearedAt !== null &&
      at - alarm.clearedAt <= state.settings.cooldownMs &&
      holds(alarm, condition),
  );
  return cooling.at(-1) ?? null;
}

/** True when an active condition of this alarm speaks for a deviation that has not lasted long enough yet. */
export function confirmsDeviation(alarm: HeldAlarm): boolean {
  return alarm.conditions.some(({ shown }) => shown.active && confirming.includes(shown.detector));
}

function holds(alarm: HeldAlarm, condition: string): boolean {
  return alarm.conditions.some(({ shown }) => shown.condition === condition);
}

function sharesMetric(alarm: HeldAlarm, signal: DetectorSignal): boolean {
  return alarm.conditions.some(({ shown }) => {
    const known = metricsOf(shown);
    return metricsOf(signal).some((metric) => known.includes(metric));
  });
}

/** The metrics a condition is about; of a deviation those that carry it. */
function metricsOf(subject: Subject): readonly string[] {
  if (subject.detector !== "deviation") return subject.metrics;
  const carrying = Object.entries(subject.contributions)
    .filter(([, share]) => share >= contributionMin)
    .map(([metric]) => metric);
  return carrying.length > 0 ? carrying : subject.metrics.slice(0, 1);
}
