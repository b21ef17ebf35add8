import type { BacktestRequest, BacktestResult, PastAlarm } from "../../model/backtest.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { StepSettings } from "../../model/control.ts";
import type { Device } from "../../model/device.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { covers, isForDevice } from "../../pipeline/detect/rules/rule-runner.ts";
import { profileOf } from "../../pipeline/ingest/device-forms.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { compareAlarms } from "./compare-alarms.ts";
import { judgedAlarms } from "./judged-alarms.ts";
import { modesOf } from "./past-modes.ts";
import { learnedFrom, readingsOf } from "./past-readings.ts";
import { type RuleForms, ruleForms } from "./rule-forms.ts";
import { createRuleRun, type RuleRun, type RunAlarm } from "./rule-run.ts";

export interface BacktestDeps {
  readonly records: Pick<RecordStore, "read">;
  readonly telemetry: Pick<TelemetryStore, "readings">;
  readonly settings: StepSettings;
  /** Most readings one back-test reads, those that a baseline learns from included. */
  readonly readingsMax: number;
}

/** Most devices of one back-test. */
const DEVICES_MAX = 1_000;

/**
 * The time machine: a rule over the past in both its forms, with everything else as it is now (limits, settings, the
 * other rules), through the steps of the live path. Baselines are learned anew from what lies before `from`.
 */
export async function backtestRule(
  request: BacktestRequest,
  deps: BacktestDeps,
): Promise<BacktestResult> {
  const { forms, devices } = await deps.records.read(async (tx) => {
    const found = await ruleForms(tx, request);
    const where = request.deviceIds === null ? {} : { deviceId: { in: request.deviceIds } };
    const all = await tx.list("device_registry", { where, orderBy: [["deviceId", "asc"]] });
    return { forms: found, devices: all.filter((device) => isWatched(device, found)) };
  });
  const budget = { left: deps.readingsMax };
  const tried: TriedDevice[] = [];
  for (const device of devices.slice(0, DEVICES_MAX)) {
    const done = await tryDevice(device, { request, forms, deps, budget });
    if (done === null) break;
    tried.push(done);
  }
  const gapMs = deps.settings.cooldownMs;
  return {
    ruleId: request.ruleId,
    before: forms.before === null ? null : shown(forms.before),
    after: shown(forms.after),
    from: request.from,
    to: request.to,
    complete: tried.length === devices.length,
    devices: tried.map(({ before, after, ...device }) => ({
      ...device,
      alarmsBefore: toldOf(before).length,
      alarmsAfter: toldOf(after).length,
    })),
    ...mergeComparisons(
      tried.map(({ before, after }) => compareAlarms(toldOf(before), toldOf(after), gapMs)),
    ),
    judged: await judgedAlarms(deps.records, { tried, from: request.from, to: request.to, gapMs }),
  };
}

/** One device's alarms in both forms of the rule, those of others included. */
export interface TriedDevice {
  readonly deviceId: Device["deviceId"];
  readonly readings: number;
  readonly before: readonly RunAlarm[];
  readonly after: readonly RunAlarm[];
}

interface Trial {
  readonly request: BacktestRequest;
  readonly forms: RuleForms;
  readonly deps: BacktestDeps;
  readonly budget: { left: number };
}

/** null: the budget of readings does not reach to the end of this device. */
async function tryDevice(device: Device, trial: Trial): Promise<TriedDevice | null> {
  const { request, forms, deps, budget } = trial;
  const { deviceId } = device;
  const { settings, telemetry } = deps;
  const from = await learnedFrom(telemetry, {
    deviceId,
    from: request.from,
    rows: settings.learnRows,
  });
  const modes = await modesOf(deps.records, device, from);
  const runOf = (rule: RuleDefinition | null): RuleRun =>
    createRuleRun({
      profile: profileOf({ ...device, mode: modes.first }),
      settings,
      ruleId: request.ruleId,
      rules: rule === null ? forms.others : [...forms.others, rule],
      modes: modes.changes,
    });
  const runs = { before: runOf(forms.before), after: runOf(forms.after) };
  let readings = 0;
  for await (const page of readingsOf(telemetry, { deviceId, from, to: request.to })) {
    budget.left -= page.length;
    if (budget.left < 0) return null;
    for (const reading of page) {
      if (reading.measuredAt >= request.from) readings += 1;
      runs.before.read(reading);
      runs.after.read(reading);
    }
  }
  const inside = ({ clearedAt }: { readonly clearedAt: EpochMs | null }): boolean =>
    clearedAt === null || clearedAt >= request.from;
  return {
    deviceId,
    readings,
    before: runs.before.alarms().filter(inside),
    after: runs.after.alarms().filter(inside),
  };
}

function isWatched(device: Device, { before, after }: RuleForms): boolean {
  const profile = profileOf(device);
  return [before, after].some(
    (rule) => rule !== null && isForDevice(rule, device.deviceId) && covers(rule, profile),
  );
}

/** What the rule under trial told, from the moment it did. */
function toldOf(alarms: readonly RunAlarm[]): readonly PastAlarm[] {
  return alarms.flatMap(({ told, ...alarm }) =>
    told === null ? [] : [{ ...alarm, condition: told.condition, openedAt: told.at }],
  );
}

function shown(rule: RuleDefinition): BacktestResult["after"] {
  const { version, text, severity, enabled } = rule;
  return { version, text, severity, enabled };
}

function mergeComparisons(
  all: readonly ReturnType<typeof compareAlarms>[],
): ReturnType<typeof compareAlarms> {
  return {
    gained: all.flatMap(({ gained }) => gained),
    lost: all.flatMap(({ lost }) => lost),
    kept: all.flatMap(({ kept }) => kept),
  };
}
