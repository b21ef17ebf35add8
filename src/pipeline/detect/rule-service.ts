import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { DeviceId, MetricName } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { RuleRow } from "../../model/records.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { standardUnitOf, standardUnits } from "../../model/units.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { compileRule, type RuleFault } from "./rules/compile-rule.ts";
import type { RuleEnvironment } from "./rules/rule-units.ts";

/** Every device's state carries the rules that could watch it: their number is bounded. */
const MAX_RULES = 500;

/** What a person writes of a rule; version, time and author are added. */
export type RuleInput = Pick<
  RuleDefinition,
  | "name"
  | "text"
  | "condition"
  | "severity"
  | "scope"
  | "modes"
  | "blankAtStart"
  | "latching"
  | "enabled"
>;

export interface RuleServiceDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** The registry's answer, for the metrics and units of one device. */
  readonly device: (deviceId: DeviceId) => Device | null;
}

interface Author {
  readonly principal: Principal;
  readonly reason: string | null;
}

/**
 * The plant's rules. A change is a new version and a control event in one transaction: steps go by it from the
 * event's place in the log on, and never read this table.
 */
export interface RuleService {
  /** Rules in their present version, by id. */
  list(): Promise<readonly RuleDefinition[]>;
  get(ruleId: string): Promise<RuleDefinition>;
  /** CONFLICT when the id is taken; RULE_SYNTAX or RULE_TYPE with the column, and nothing was stored. */
  create(
    input: RuleInput & { readonly ruleId: string | null },
    by: Author,
  ): Promise<RuleDefinition>;
  /** The whole rule; it becomes the next version. */
  put(ruleId: string, input: RuleInput, by: Author): Promise<RuleDefinition>;
  /** What is wrong with a text, read with the metrics and units of a device; null: nothing. */
  validate(text: string, deviceId: DeviceId | null): RuleFault | null;
}

export function createRuleService(deps: RuleServiceDeps): RuleService {
  const { records, control } = deps;
  return {
    list: () => records.read((tx) => tx.list("rule", { where: { current: true }, orderBy })),
    get: async (ruleId) => {
      const row = await records.read((tx) => tx.find("rule", { ruleId, current: true }));
      if (row === null) throw notFound(ruleId);
      return row;
    },
    create: async (input, by) => {
      const ruleId = input.ruleId ?? `rule-${deps.ids.next().toLowerCase()}`;
      const row = await records.transaction(async (tx) => {
        const taken = await tx.find("rule", { ruleId, current: true });
        if (taken !== null) throw conflict(ruleId);
        await refuseTooMany(tx);
        return store(deps, tx, { input, ruleId, version: 1, by });
      });
      await control.flush();
      deps.log.info("rule.created", { ruleId });
      return row;
    },
    put: async (ruleId, input, by) => {
      const row = await records.transaction(async (tx) => {
        const present = await tx.find("rule", { ruleId, current: true });
        if (present === null) throw notFound(ruleId);
        await tx.update("rule", { ruleId, current: true }, { current: false });
        return store(deps, tx, { input, ruleId, version: present.version + 1, by });
      });
      await control.flush();
      deps.log.info("rule.changed", { ruleId, version: row.version });
      return row;
    },
    validate: (text, deviceId) => {
      const device = deviceId === null ? null : deps.device(deviceId);
      return faultOf(text, environmentOf(device === null ? [] : [device]));
    },
  };
}

const orderBy = [["ruleId", "asc"]] as const;

interface NewVersion {
  readonly input: RuleInput;
  readonly ruleId: string;
  readonly version: number;
  readonly by: Author;
}

async function store(
  deps: RuleServiceDeps,
  tx: RecordTransaction,
  next: NewVersion,
): Promise<RuleDefinition> {
  const { input, ruleId, version, by } = next;
  await requireValidRule(tx, input, "Cannot store the rule");
  const now = deps.clock.now();
  const row: RuleRow = {
    ...contentOf(input),
    ruleId,
    version,
    configVersion: 0,
    createdAt: now,
    createdBy: by.principal.name,
    current: true,
  };
  await tx.insert("rule", row);
  const all = await tx.list("rule", { where: { current: true }, orderBy });
  const configVersion = await deps.control.stage(tx, { type: "rules", rules: all.map(ruleOf) });
  await tx.update("rule", { ruleId, version }, { configVersion });
  await tx.insert("history", {
    historyId: deps.ids.next(),
    subject: "rule",
    subjectId: ruleId,
    at: now,
    actor: by.principal.name,
    action: version === 1 ? "created" : "changed",
    reason: by.reason,
    detail: { version, text: input.text },
  });
  return { ...ruleOf(row), configVersion };
}

function contentOf(input: RuleInput): RuleInput {
  const { name, text, condition, severity, scope, modes, blankAtStart, latching, enabled } = input;
  return { name, text, condition, severity, scope, modes, blankAtStart, latching, enabled };
}

/** A row without what only the table knows. */
function ruleOf(row: RuleRow): RuleDefinition {
  const { current: _, ...rule } = row;
  return rule;
}

/** Devices in the rule's scope; none where it covers all: then any metric may come. */
async function watchedBy(
  tx: Pick<RecordTransaction, "list">,
  scope: RuleDefinition["scope"],
): Promise<readonly Device[]> {
  const { deviceId, deviceType, lineId } = scope;
  if (deviceId === null && deviceType === null && lineId === null) return [];
  const where = {
    ...(deviceId === null ? {} : { deviceId }),
    ...(deviceType === null ? {} : { deviceType }),
    ...(lineId === null ? {} : { lineId }),
  };
  return tx.list("device_registry", { where, limit: 1_000 });
}

/** Metrics of the devices and those of fixed meaning; without devices every name is allowed. */
function environmentOf(devices: readonly Device[]): RuleEnvironment {
  const units = new Map<MetricName, string>();
  for (const device of devices) {
    for (const [metric, spec] of Object.entries(device.metrics)) {
      if (!units.has(metric)) units.set(metric, spec.unit);
    }
  }
  const metrics =
    units.size === 0 ? null : new Set([...units.keys(), ...Object.keys(standardUnits)]);
  const unitOf = (metric: MetricName): string => units.get(metric) ?? standardUnitOf(metric);
  return { unitOf, metrics, plantOffsetMinutes: 0 };
}

function faultOf(text: string, env: RuleEnvironment): RuleFault | null {
  const result = compileRule(text, env);
  return result.ok ? null : result.error;
}

/** RULE_SYNTAX or RULE_TYPE with the column, read with the metrics and units of the devices in its scope. */
export async function requireValidRule(
  tx: Pick<RecordTransaction, "list">,
  { text, scope }: Pick<RuleInput, "text" | "scope">,
  cannot: string,
): Promise<void> {
  const fault = faultOf(text, environmentOf(await watchedBy(tx, scope)));
  if (fault === null) return;
  const { code, column, message, excerpt } = fault;
  const reason = `column ${column}: ${message}, nothing was stored\n${excerpt}`;
  throw new IaiError(code, `${cannot}: ${reason}`, { data: { column, text } });
}

async function refuseTooMany(tx: RecordTransaction): Promise<void> {
  if ((await tx.count("rule", { where: { current: true } })) < MAX_RULES) return;
  const message = `Cannot store the rule: ${MAX_RULES} rules are the most, nothing was stored`;
  throw new IaiError("STATE_REFUSED", message);
}

function conflict(ruleId: string): IaiError {
  return new IaiError("CONFLICT", `Cannot create rule "${ruleId}": it exists, nothing was stored`);
}

function notFound(ruleId: string): IaiError {
  return new IaiError("NOT_FOUND", `Cannot find rule "${ruleId}": there is none of that id`);
}
