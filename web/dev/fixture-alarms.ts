import type { Alert, Device } from "../src/api/types.ts";
import { healthy, iso, MIN, startedAt, valuesAt } from "./fixture-data.ts";

const clause = (text: string, value: number, limit: number, unit: string, holds = true) => ({
  clause: text,
  holds,
  value,
  limit,
  unit,
  progress: null,
  children: [],
});

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one literal, easier to read whole
export function makeAlert(index: number, device: Device): Alert {
  const kinds = [
    ["high_vibration", "P0", "UNACK_ACTIVE", 3, 1.07],
    ["over_temp", "P1", "ACK_ACTIVE", 22, 0.84],
    ["deviation", "P2", "UNACK_ACTIVE", 48, 0.66],
    ["sensor_stuck", "P3", "UNACK_CLEARED", 190, 0.42],
    ["no_data", "P2", "UNACK_ACTIVE", 4, null],
    ["high_vibration", "P1", "NORMAL", 60 * 50, 0.83],
    ["over_current", "P2", "NORMAL", 60 * 90, 0.61],
  ] as const;
  const [condition, severity, state, minutes, margin] = kinds[index % kinds.length] ?? kinds[0];
  const opened = startedAt - minutes * MIN;
  const cleared = state === "UNACK_CLEARED" || state === "NORMAL";
  const metric =
    condition === "over_temp"
      ? "temperature"
      : condition === "over_current"
        ? "current"
        : "vibration";
  return {
    trace_id: `tr_${String(index).padStart(4, "0")}`,
    group_trace_id: null,
    incident_id: null,
    device_id: device.device_id,
    factory_id: device.factory_id,
    line_id: device.line_id,
    condition,
    alert_type: condition,
    severity,
    peak_severity: severity,
    state,
    active: !cleared,
    acknowledged: state === "ACK_ACTIVE" || state === "NORMAL",
    unconfirmed: index === 2,
    shelved: false,
    suppressed: false,
    out_of_service: false,
    status: index === 4 ? "DIAGNOSING" : "COMPLETED",
    timestamp: iso(opened),
    seq: 812,
    values: valuesAt(0, opened),
    conditions: [
      {
        condition: "deviation",
        detector: "deviation",
        active: !cleared,
        unconfirmed: false,
        since: iso(opened - 51_000),
        cleared_at: null,
        metrics: [metric],
        margin: margin ?? null,
        contributions: { [metric]: 0.93, current: 0.05, flow: 0.02 },
        rule_id: null,
        rule_version: null,
        explanation: {
          ...clause("T² > limit", 3.21, 1, "1"),
          children: [
            clause("vibration", 0.41, 0.24, "g"),
            clause("temperature", 45.3, 46.4, "°C", false),
          ],
        },
      },
      {
        condition,
        detector: condition === "no_data" ? "silence" : "limit",
        active: !cleared,
        unconfirmed: false,
        since: iso(opened),
        cleared_at: cleared ? iso(opened + 9 * MIN) : null,
        metrics: [metric],
        margin: margin ?? null,
        contributions: {},
        rule_id: index === 1 ? "rule_hot" : null,
        rule_version: index === 1 ? 3 : null,
        explanation: {
          clause: `${metric} > 0.50 for 5s`,
          holds: true,
          value: null,
          limit: null,
          unit: null,
          progress: { have: 5000, need: 5000, unit: "ms" },
          children: [clause(`${metric} > 0.50`, 0.523, 0.5, "g")],
        },
      },
    ],
    occurrences: index === 0 ? 3 : 1,
    opened_at: iso(opened),
    first_seen_at: iso(opened - 51_000),
    cleared_at: cleared ? iso(opened + 9 * MIN) : null,
    margin: margin ?? null,
    worst_metric: metric,
    baseline: "active",
    healthy: Object.fromEntries(
      Object.entries(healthy).map(([name, [mean, sd]]) => [name, { mean, sd }]),
    ),
    assignee: index === 1 ? "zhang.min" : null,
    acknowledged_by: state === "ACK_ACTIVE" ? "zhang.min" : null,
    acknowledged_at: state === "ACK_ACTIVE" ? iso(opened + 60_000) : null,
    shelved_until: null,
    shelved_by: null,
    shelve_reason: null,
    attempts: 1,
    last_error: null,
    reported_severity: index === 4 ? null : severity,
    created_at: iso(opened),
    updated_at: iso(opened),
  };
}
