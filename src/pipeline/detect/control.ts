import type { ControlEvent } from "../../model/control.ts";
import type { OperatingMode } from "../../model/device.ts";
import { acceptBaseline, restartBaseline } from "./baseline.ts";
import {
  type Collector,
  emitActive,
  end,
  type Finding,
  findCondition,
  finding,
  report,
} from "./conditions.ts";
import type { DetectState, ExternalAnomaly } from "./detect-state.ts";
import { applySpecs } from "./metric-table.ts";
import { isForDevice, type RuleCache, syncRules } from "./rules/rule-runner.ts";
import { declaredPeriodOf } from "./silence.ts";

/** Anomalies of other detectors that one device can have at a time. */
const MAX_EXTERNAL = 16;

/** Takes over what a control event changes; an event that was seen before changes nothing. */
export function applyControl(
  state: DetectState,
  event: ControlEvent,
  rules: RuleCache,
  out: Collector,
): void {
  if (event.version > 0 && event.version <= state.configVersion) return;
  state.configVersion = Math.max(state.configVersion, event.version);
  if ("deviceId" in event && event.deviceId !== state.deviceId) return;
  switch (event.type) {
    case "settings":
      state.settings = event.settings;
      return;
    case "device":
      if (event.profile.deviceId !== state.deviceId) return;
      state.profile = event.profile;
      state.declaredPeriodMs = declaredPeriodOf(event.profile);
      applySpecs(state.table, event.profile);
      changeMode(state, event.profile.mode, event.profile.modeSince);
      syncRules(state, rules, out);
      return;
    case "rules":
      state.rules = event.rules.filter((rule) => isForDevice(rule, state.deviceId));
      syncRules(state, rules, out);
      return;
    case "mode":
      changeMode(state, event.mode, event.at);
      return;
    case "rebaseline":
      restartBaseline(state);
      endDeviation(state, out);
      return;
    case "accept_baseline":
      acceptBaseline(state);
      return;
    case "external_anomaly":
      noteExternal(state, event, out);
      return;
    case "alarm_action":
      return;
  }
}

function changeMode(state: DetectState, mode: OperatingMode, at: number): void {
  if (mode === state.mode) return;
  state.mode = mode;
  state.modeChangedAt = at;
  state.modeFirstReadingAt = null;
  state.baseline.teaches = false;
}

function endDeviation(state: DetectState, out: Collector): void {
  for (const condition of ["deviation", "baseline_drift", "temperature_rising"]) {
    const entry = findCondition(state, "deviation", condition);
    if (entry !== null) end(state, entry, out);
  }
}

function noteExternal(
  state: DetectState,
  event: Extract<ControlEvent, { type: "external_anomaly" }>,
  out: Collector,
): void {
  const { condition, source, score, active, severity, contributions } = event;
  const anomaly: ExternalAnomaly = {
    condition,
    source,
    score,
    ...(severity === undefined ? {} : { severity }),
    ...(contributions === undefined ? {} : { contributions }),
  };
  const others = state.external.filter((other) => other.condition !== condition);
  // Beyond the bound the newest is left out: those that are shown stay shown until their detector ends them.
  const room = others.length < MAX_EXTERNAL;
  state.external = active && room ? [...others, anomaly] : others;
  const at = { ...out, at: event.observedAt };
  if (!active || room) report(state, findingOfExternal(anomaly, active), at);
  if (active && room) emitActive(state, at);
}

/** What another detector says, as one of ours would say it. */
export function findingOfExternal(anomaly: ExternalAnomaly, holds: boolean): Finding {
  const { condition, score, severity = "P2", contributions = {} } = anomaly;
  const metrics = Object.keys(contributions);
  const part = { detector: "external", condition, score, severity, contributions } as const;
  return finding({ ...part, metrics, holds });
}
