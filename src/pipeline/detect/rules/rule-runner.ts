import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import type { DeviceProfile } from "../../../model/device.ts";
import type { RuleDefinition } from "../../../model/rule.ts";
import { standardUnitOf } from "../../../model/units.ts";
import { type Collector, end, findCondition, finding, report } from "../conditions.ts";
import type { DetectState } from "../detect-state.ts";
import { marginOf } from "../limits.ts";
import { expectedPeriod, findSlot } from "../metric-table.ts";
import { isBlanking } from "../mode.ts";
import { compileRule } from "./compile-rule.ts";
import type { CompiledRule } from "./rule-compiler.ts";
import type { RuleMoment, RuleState } from "./rule-memory.ts";

/** Compiled rules by text and units: a pure function of them, so keeping them changes nothing. */
export interface RuleCache {
  readonly compiled: Map<string, CompiledRule | null>;
  readonly moment: { current: RuleMoment | null };
}

const MAX_CACHED = 2_000;

export function createRuleCache(): RuleCache {
  return { compiled: new Map(), moment: { current: null } };
}

/** True when the rule's scope could ever cover this device. */
export function isForDevice(rule: RuleDefinition, deviceId: DeviceId): boolean {
  return rule.enabled && (rule.scope.deviceId === null || rule.scope.deviceId === deviceId);
}

/** Gives every rule that covers the device a memory; those that are gone or changed lose theirs and end. */
export function syncRules(state: DetectState, cache: RuleCache, out: Collector): void {
  const before = state.ruleStates;
  state.ruleStates = [];
  for (const rule of state.rules) {
    if (!covers(rule, state.profile)) continue;
    const key = keyOf(rule, state);
    const kept = before.find((old) => old.ruleId === rule.ruleId && old.key === key);
    const compiled = compiledOf(cache, rule, key, state);
    if (compiled === null) continue;
    state.ruleStates.push(
      kept ? { ...kept, version: rule.version } : memoryOf(rule, key, compiled),
    );
  }
  for (const { ruleId } of before) {
    if (state.ruleStates.some((rule) => rule.ruleId === ruleId)) continue;
    for (const entry of state.conditions.filter(
      (c) => c.detector === "rule" && c.ruleId === ruleId,
    )) {
      end(state, entry, out);
    }
  }
}

export interface RuleRun {
  readonly rules: RuleCache;
  /** Our time. */
  readonly now: EpochMs;
  /** Ticks evaluate only what silence can make true. */
  readonly onTick: boolean;
}

/** D2: the rules of people, in their own order. */
export function checkRules(state: DetectState, run: RuleRun, out: Collector): void {
  if (state.ruleStates.length === 0) return;
  for (const memory of state.ruleStates) {
    const rule = state.rules.find((known) => known.ruleId === memory.ruleId);
    if (rule === undefined) continue;
    const compiled = compiledOf(run.rules, rule, memory.key, state);
    if (compiled === null || (run.onTick && !compiled.usesAge)) continue;
    checkRule(state, { rule, compiled, memory, run }, out);
  }
}

/** True when a tick may change what a rule says. */
export function hasClockRules(state: DetectState): boolean {
  return state.ruleStates.some(
    (memory) =>
      state.rules.find((rule) => rule.ruleId === memory.ruleId)?.text.includes("age(") === true,
  );
}

interface RuleCheck {
  readonly rule: RuleDefinition;
  readonly compiled: CompiledRule;
  readonly memory: RuleState;
  readonly run: RuleRun;
}

function checkRule(state: DetectState, check: RuleCheck, out: Collector): void {
  const { rule, compiled, memory, run } = check;
  const moment = momentOf(state, check);
  // Evaluated even while blanked: what remembers must see every reading.
  const result = compiled.evaluate(moment);
  const watched = rule.modes.length === 0 || rule.modes.includes(state.mode);
  const blanked = rule.blankAtStart && isBlanking(state, run.now);
  const speaks = watched && !blanked;
  const lasting = findCondition(state, "rule", rule.condition, rule.ruleId);
  if (lasting === null && (!speaks || result !== 1)) return;
  const holds = speaks ? (Number.isNaN(result) ? null : result === 1) : false;
  report(
    state,
    finding({
      detector: "rule",
      condition: rule.condition,
      ruleId: rule.ruleId,
      ruleVersion: memory.version,
      holds,
      offDelayMs: speaks ? state.settings.offDelayMs : 0,
      metrics: compiled.metrics,
      margin: worstMarginOf(state, memory),
      severity: rule.severity,
      explanation: compiled.explain(moment),
      latching: rule.latching,
    }),
    out,
  );
}

function momentOf(state: DetectState, check: RuleCheck): RuleMoment {
  const { compiled, memory, run } = check;
  const { table } = state;
  let longestGapMs = 0;
  for (let i = 0; i < memory.slots.length; i += 1) {
    if ((memory.slots[i] ?? -1) < 0) memory.slots[i] = findSlot(table, compiled.metrics[i] ?? "");
    const slot = memory.slots[i] ?? -1;
    if (slot >= 0) longestGapMs = Math.max(longestGapMs, 3 * expectedPeriod(table, slot));
  }
  const newest = state.newestAt ?? run.now;
  const moment = run.rules.moment.current ?? emptyMoment(state);
  run.rules.moment.current = moment;
  moment.state = state;
  moment.slots = memory.slots;
  moment.memory = memory.memory;
  if (moment.results.length < compiled.nodes)
    moment.results = new Float64Array(compiled.nodes + 64);
  // Between readings the device's clock is ours, moved by what lies between the two.
  const since = run.now - (state.newestReceivedAt ?? run.now);
  moment.now = run.onTick ? newest + Math.max(0, since) : newest;
  moment.receivedAt = run.now;
  moment.longestGapMs = longestGapMs > 0 ? longestGapMs : 3_000;
  return moment;
}

function emptyMoment(state: DetectState): RuleMoment {
  return {
    state,
    slots: new Int32Array(0),
    memory: new Float64Array(0),
    results: new Float64Array(64),
    now: 0,
    receivedAt: 0,
    longestGapMs: 0,
  };
}

function worstMarginOf(state: DetectState, memory: RuleState): number | null {
  let worst: number | null = null;
  for (const slot of memory.slots) {
    const margin = slot >= 0 ? marginOf(state, slot) : null;
    if (margin !== null) worst = Math.max(worst ?? margin, margin);
  }
  return worst;
}

/** True when type and line of the device are those that the rule asks for. */
export function covers(rule: RuleDefinition, profile: DeviceProfile | null): boolean {
  const { deviceType, lineId } = rule.scope;
  if (deviceType !== null && profile?.deviceType !== deviceType) return false;
  return lineId === null || profile?.lineId === lineId;
}

function memoryOf(rule: RuleDefinition, key: string, compiled: CompiledRule): RuleState {
  return {
    ruleId: rule.ruleId,
    version: rule.version,
    key,
    slots: new Int32Array(compiled.metrics.length).fill(-1),
    memory: new Float64Array(compiled.memoryCells).fill(Number.NaN),
  };
}

/** Everything that compiling depends on. */
function keyOf(rule: RuleDefinition, state: DetectState): string {
  const units = Object.entries(state.profile?.metrics ?? {}).map(
    ([name, spec]) => `${name}=${spec.unit}`,
  );
  const offset = state.settings.plantOffsetMinutes ?? 0;
  return `${rule.text}\n${offset}\n${units.sort().join(",")}`;
}

function compiledOf(
  cache: RuleCache,
  rule: RuleDefinition,
  key: string,
  state: DetectState,
): CompiledRule | null {
  const known = cache.compiled.get(key);
  if (known !== undefined) return known;
  const metrics = state.profile?.metrics ?? {};
  const unitOf = (metric: MetricName): string => metrics[metric]?.unit ?? standardUnitOf(metric);
  const offset = state.settings.plantOffsetMinutes ?? 0;
  // The service refused what cannot be read; a unit that only this device has may still make a rule meaningless.
  const result = compileRule(rule.text, { unitOf, metrics: null, plantOffsetMinutes: offset });
  const compiled = result.ok ? result.rule : null;
  if (cache.compiled.size >= MAX_CACHED) cache.compiled.clear();
  cache.compiled.set(key, compiled);
  return compiled;
}
