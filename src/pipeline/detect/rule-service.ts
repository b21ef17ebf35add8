import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { RuleRow } from "../../model/records.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { standardUnitOf } from "../../model/units.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { compileRule } from "./rules/compile-rule.ts";
import type { RuleEnvironment } from "./rules/rule-units.ts";

/** What a person writes of a rule; id, version, time and author are added. */
export type RuleContent = Omit<
  RuleDefinition,
  "ruleId" | "version" | "configVersion" | "createdAt" | "createdBy"
>;

interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

/**
 * The plant's rules, each change a new version. The steps get all rules in force as one control event, so that a
 * reading is judged by the rules that stood in the log before it.
 */
export interface RuleService {
  /** CONFLICT when the id is taken; RULE_SYNTAX or RULE_TYPE when the text cannot be compiled. */
  create(
    content: RuleContent & { readonly ruleId: string | null },
    by: By,
  ): Promise<RuleDefinition>;
  /** Replaces the content as the next version. */
  put(ruleId: string, content: RuleContent, by: By): Promise<RuleDefinition>;
  /** null: the text compiles; against the metrics of a device where one is named. */
  validate(
    text: string,
    deviceId: DeviceId | null,
  ): { readonly message: string; readonly column: number } | null;
}

export interface RuleServiceDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly device: (deviceId: DeviceId) => Device | null;
}

export function createRuleService(deps: RuleServiceDeps): RuleService {
  return {
    create: (content, by) => {
      const { ruleId, ...rest } = content;
      return store(deps, { ruleId: ruleId ?? deps.ids.next(), content: rest, by, isNew: true });
    },
    put: (ruleId, content, by) => store(deps, { ruleId, content, by, isNew: false }),
    validate: (text, deviceId) => {
      const compiled = compileRule(
        text,
        environmentOf(deviceId === null ? null : deps.device(deviceId)),
      );
      if (compiled.ok) return null;
      return { message: compiled.error.message, column: compiled.error.column };
    },
  };
}

interface Change {
  readonly ruleId: string;
  readonly content: RuleContent;
  readonly by: By;
  readonly isNew: boolean;
}

async function store(deps: RuleServiceDeps, change: Change): Promise<RuleDefinition> {
  requireCompilable(deps, change.content);
  const { records, control, log } = deps;
  const rule = await records.transaction(async (tx) => {
    const before = await tx.find("rule", { ruleId: change.ruleId, current: true });
    requireExpected(change, before);
    const next = nextVersion(deps, change, before);
    if (before !== null) {
      await tx.update(
        "rule",
        { ruleId: before.ruleId, version: before.version },
        { current: false },
      );
    }
    const configVersion = await announce(tx, control, next);
    await tx.insert("rule", { ...next, configVersion, current: true });
    await remember(tx, deps, change, next.version);
    return { ...next, configVersion };
  });
  await control.flush();
  log.info("rule.stored", { ruleId: rule.ruleId, version: rule.version });
  return rule;
}

function requireExpected({ ruleId, isNew }: Change, before: RuleRow | null): void {
  if (isNew && before !== null) {
    throw new IaiError(
      "CONFLICT",
      `Cannot create rule "${ruleId}": it exists, nothing was changed. Change it with PUT`,
    );
  }
  if (!isNew && before === null) {
    throw new IaiError(
      "NOT_FOUND",
      `Cannot change rule "${ruleId}": there is no such rule, nothing was changed`,
    );
  }
}

function nextVersion(
  { clock }: RuleServiceDeps,
  { ruleId, content, by }: Change,
  before: RuleRow | null,
): RuleDefinition {
  return {
    ...content,
    ruleId,
    version: (before?.version ?? 0) + 1,
    configVersion: 0,
    createdAt: clock.now(),
    createdBy: by.principal.name,
  };
}

/** All rules in force, the changed one among them, as one event. */
async function announce(
  tx: RecordTransaction,
  control: ControlJournal,
  changed: RuleDefinition,
): Promise<number> {
  const others = await tx.list("rule", {
    where: { current: true, ruleId: { not: changed.ruleId } },
    orderBy: [["ruleId", "asc"]],
  });
  const rules = [...others.map(({ current: _, ...rule }) => rule), changed];
  return control.stage(tx, { type: "rules", rules });
}

async function remember(
  tx: RecordTransaction,
  { ids, clock }: RuleServiceDeps,
  { ruleId, content, by }: Change,
  version: number,
): Promise<void> {
  await tx.insert("history", {
    historyId: ids.next(),
    subject: "rule",
    subjectId: ruleId,
    at: clock.now(),
    actor: by.principal.name,
    action: `version:${version}`,
    reason: by.reason,
    detail: { text: content.text, enabled: content.enabled },
  });
}

function requireCompilable({ device }: RuleServiceDeps, { text, scope }: RuleContent): void {
  const scoped = scope.deviceId === null ? null : device(scope.deviceId);
  const compiled = compileRule(text, environmentOf(scoped));
  if (compiled.ok) return;
  const { code, message, column, excerpt } = compiled.error;
  throw new IaiError(
    code,
    `Cannot store the rule: ${message} (column ${column}), nothing was changed\n${excerpt}`,
    {
      data: { field: "text", column },
    },
  );
}

/** Units of a device's metrics, or the standard ones where the rule is for many. */
function environmentOf(device: Device | null): RuleEnvironment {
  return {
    unitOf: (metric) => device?.metrics[metric]?.unit ?? standardUnitOf(metric),
    metrics: null,
    plantOffsetMinutes: 0,
  };
}
