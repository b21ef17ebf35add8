import { z } from "zod";
import type { RuleDefinition } from "../model/rule.ts";
import { identifier, instantOut, modeSchema, severitySchema, text, toIso } from "./basics.ts";

const scopeOut = z.object({
  device_id: z.string().nullable(),
  device_type: z.string().nullable(),
  line_id: z.string().nullable(),
});

export const ruleOut = z
  .object({
    rule_id: z.string(),
    version: z.int(),
    name: z.string(),
    text: z.string(),
    condition: z.string(),
    severity: severitySchema,
    scope: scopeOut,
    modes: z.array(modeSchema),
    blank_at_start: z.boolean(),
    latching: z.boolean(),
    enabled: z.boolean(),
    config_version: z.int(),
    created_at: instantOut,
    created_by: z.string(),
  })
  .meta({ id: "Rule" });

export function ruleToWire(rule: RuleDefinition): z.infer<typeof ruleOut> {
  return {
    rule_id: rule.ruleId,
    version: rule.version,
    name: rule.name,
    text: rule.text,
    condition: rule.condition,
    severity: rule.severity,
    scope: {
      device_id: rule.scope.deviceId,
      device_type: rule.scope.deviceType,
      line_id: rule.scope.lineId,
    },
    modes: [...rule.modes],
    blank_at_start: rule.blankAtStart,
    latching: rule.latching,
    enabled: rule.enabled,
    config_version: rule.configVersion,
    created_at: toIso(rule.createdAt),
    created_by: rule.createdBy,
  };
}

const content = {
  name: text(100).min(1),
  text: text(2000)
    .min(1)
    .describe("`temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)`"),
  condition: identifier.default("composite"),
  severity: severitySchema.default("P2"),
  scope: z
    .strictObject({
      device_id: identifier.nullable().default(null),
      device_type: text(50).nullable().default(null),
      line_id: identifier.nullable().default(null),
    })
    .default({ device_id: null, device_type: null, line_id: null }),
  modes: z.array(modeSchema).min(1).default(["RUNNING"]),
  blank_at_start: z.boolean().default(true),
  latching: z.boolean().default(false),
  enabled: z.boolean().default(true),
};

/** Body of `POST /rules`; `rule_id` is made where it is not given. */
export const ruleIn = z
  .strictObject({ rule_id: identifier.optional(), ...content })
  .meta({ id: "RuleInput" });

/** Body of `PUT /rules/{id}`: the whole rule; it becomes the next version. */
export const rulePutIn = z.strictObject(content).meta({ id: "RulePut" });

/** A rule as people write it, before it has a version. */
export interface RuleContent {
  readonly name: string;
  readonly text: string;
  readonly condition: string;
  readonly severity: RuleDefinition["severity"];
  readonly scope: RuleDefinition["scope"];
  readonly modes: RuleDefinition["modes"];
  readonly blankAtStart: boolean;
  readonly latching: boolean;
  readonly enabled: boolean;
}

export function ruleFromWire(input: z.infer<typeof rulePutIn>): RuleContent {
  return {
    name: input.name,
    text: input.text,
    condition: input.condition,
    severity: input.severity,
    scope: {
      deviceId: input.scope.device_id,
      deviceType: input.scope.device_type,
      lineId: input.scope.line_id,
    },
    modes: input.modes,
    blankAtStart: input.blank_at_start,
    latching: input.latching,
    enabled: input.enabled,
  };
}

/** Body of `POST /rules/validate`. */
export const ruleValidateIn = z.strictObject({
  text: text(2000),
  device_id: identifier
    .nullable()
    .default(null)
    .describe("Whose metrics and units it is read with"),
});

export const ruleValidateOut = z
  .object({
    ok: z.boolean(),
    error: z.object({ message: z.string(), column: z.int().describe("From 1") }).nullable(),
  })
  .meta({ id: "RuleValidation" });
