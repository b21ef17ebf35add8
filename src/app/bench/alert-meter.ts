import { breachCondition, breachKeyOf } from "./load-plan.ts";

/** What became of the breaches of one run. */
export interface AlertCount {
  readonly breaches: number;
  /** Breaches that were answered by an alert. */
  readonly alerted: number;
  /** Acknowledged breaches without an alert: promises broken. */
  readonly lost: number;
  /** Breaches answered by two different alerts. */
  readonly doubled: number;
  /** The same alert offered again under the same id, as at-least-once delivery may. */
  readonly redelivered: number;
  /** Alerts that no breach of this run explains. */
  readonly stray: number;
  /** From the intended send time of the reading to the arrival of its alert, sorted, ms. */
  readonly latenciesMs: readonly number[];
  /** Longest time without any alert between the first and the last, ms. */
  readonly longestSilenceMs: number;
}

/** Matches alerts to the readings that must raise them. */
export interface AlertMeter {
  expect(breachKey: string, intendedAt: number): void;
  acknowledge(breachKey: string): void;
  arrive(body: unknown, at: number): void;
  /** True when every acknowledged breach was alerted. */
  isComplete(): boolean;
  count(): AlertCount;
}

interface Breach {
  readonly intendedAt: number;
  acknowledged: boolean;
  arrivedAt: number | null;
  /** Id of the alert that answered it. */
  alertId: unknown;
}

export function createAlertMeter(): AlertMeter {
  const breaches = new Map<string, Breach>();
  let [alerted, doubled, redelivered, stray] = [0, 0, 0, 0];
  let lastArrivalAt: number | null = null;
  let longestSilenceMs = 0;

  /** Acknowledged breaches that wait for their alert. */
  let owed = 0;

  const arriveOne = (alert: unknown, at: number): void => {
    // Long after the last reading its device is silent: an alarm of its own, about no reading.
    if (findField(alert, "condition") !== breachCondition) return;
    const key = breachKeyOf(findField(alert, "device_id"), findField(alert, "seq"));
    const breach = breaches.get(key);
    if (breach === undefined) {
      stray += 1;
      return;
    }
    const alertId = findField(alert, "notification_id") ?? null;
    if (breach.arrivedAt !== null) {
      if (alertId !== null && alertId === breach.alertId) redelivered += 1;
      else doubled += 1;
      return;
    }
    alerted += 1;
    if (breach.acknowledged) owed -= 1;
    breach.arrivedAt = at;
    breach.alertId = alertId;
    if (lastArrivalAt !== null) longestSilenceMs = Math.max(longestSilenceMs, at - lastArrivalAt);
    lastArrivalAt = at;
  };

  return {
    expect: (key, intendedAt) => {
      breaches.set(key, { intendedAt, acknowledged: false, arrivedAt: null, alertId: null });
    },
    acknowledge: (key) => {
      const breach = breaches.get(key);
      if (breach === undefined || breach.acknowledged) return;
      breach.acknowledged = true;
      if (breach.arrivedAt === null) owed += 1;
    },
    arrive: (body, at) => {
      for (const alert of Array.isArray(body) ? body : [body]) arriveOne(alert, at);
    },
    isComplete: () => owed === 0,
    count: () => {
      const all = [...breaches.values()];
      return {
        breaches: all.length,
        alerted,
        lost: all.filter((breach) => breach.acknowledged && breach.arrivedAt === null).length,
        doubled,
        redelivered,
        stray,
        latenciesMs: all
          .flatMap(({ arrivedAt, intendedAt }) =>
            arrivedAt === null ? [] : [arrivedAt - intendedAt],
          )
          .sort((a, b) => a - b),
        longestSilenceMs,
      };
    },
  };
}

/** The field of this name, at any depth: systems wrap their alerts in different ways. */
function findField(value: unknown, name: string): unknown {
  if (value === null || typeof value !== "object") return undefined;
  if (name in value) return (value as Record<string, unknown>)[name];
  for (const inner of Object.values(value)) {
    const found = findField(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
