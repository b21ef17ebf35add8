import { z } from "zod";
import type { BacktestResult, KeptAlarm, PastAlarm, RuleChange } from "../model/backtest.ts";
import {
  faultCategorySchema,
  identifier,
  instantIn,
  instantOut,
  instantOutOrNull,
  modeSchema,
  severitySchema,
  text,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

const scopeIn = z.strictObject({
  device_id: identifier.nullable().default(null),
  device_type: text(50).nullable().default(null),
  line_id: identifier.nullable().default(null),
});

/** Body of `POST /rules/{id}/backtest`. */
export const backtestIn = z
  .strictObject({
    from: instantIn,
    to: instantIn.describe("Exclusive"),
    device_id: identifier.nullable().default(null).describe("null: every device in scope"),
    change: z
      .strictObject({
        text: text(2000).min(1).optional(),
        severity: severitySchema.optional(),
        condition: identifier.optional(),
        scope: scopeIn.optional(),
        modes: z.array(modeSchema).min(1).optional(),
        enabled: z.boolean().optional(),
      })
      .nullable()
      .default(null)
      .describe("What is tried in another form; null: this version against the one before"),
  })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "must be later than `from`" })
  .meta({ id: "BacktestInput" });

export function changeFromWire(change: z.infer<typeof backtestIn>["change"]): RuleChange | null {
  if (change === null) return null;
  const { scope, ...rest } = change;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (scope === undefined) return given;
  const { device_id: deviceId, device_type: deviceType, line_id: lineId } = scope;
  return { ...given, scope: { deviceId, deviceType, lineId } };
}

const form = z.object({
  version: z.int(),
  text: z.string(),
  severity: severitySchema,
  enabled: z.boolean(),
});

const pastAlarm = z.object({
  device_id: z.string(),
  condition: z.string(),
  severity: severitySchema,
  opened_at: instantOut,
  cleared_at: instantOutOrNull,
  occurrences: z.int(),
  conditions: z.array(z.string()),
  metrics: z.array(z.string()),
});

/** What a rule would have told. `before` is null where the plant had no such rule. */
export const backtestOut = z
  .object({
    rule_id: z.string(),
    before: form.nullable(),
    after: form,
    from: instantOut,
    to: instantOut,
    complete: z.boolean().describe("False: too many readings, the devices listed were read"),
    devices: z.array(
      z.object({
        device_id: z.string(),
        readings: z.int(),
        alarms_before: z.int(),
        alarms_after: z.int(),
      }),
    ),
    gained: z.array(pastAlarm),
    lost: z.array(pastAlarm),
    kept: z.array(
      z.object({
        before: pastAlarm,
        after: pastAlarm,
        delay_ms: z.int().describe("Positive: told later than before"),
      }),
    ),
    judged: z.array(
      z.object({
        order_no: z.string(),
        trace_id: z.string(),
        device_id: z.string(),
        opened_at: instantOut,
        alarm: z.enum(["right", "wrong", "unclear"]),
        cause: faultCategorySchema,
        told_before: z.boolean(),
        told_after: z.boolean(),
      }),
    ),
  })
  .meta({ id: "Backtest" });

export function backtestToWire(result: BacktestResult): z.infer<typeof backtestOut> {
  return {
    rule_id: result.ruleId,
    before: result.before,
    after: result.after,
    from: toIso(result.from),
    to: toIso(result.to),
    complete: result.complete,
    devices: result.devices.map((device) => ({
      device_id: device.deviceId,
      readings: device.readings,
      alarms_before: device.alarmsBefore,
      alarms_after: device.alarmsAfter,
    })),
    gained: result.gained.map(alarmToWire),
    lost: result.lost.map(alarmToWire),
    kept: result.kept.map(keptToWire),
    judged: result.judged.map((judged) => ({
      order_no: judged.orderNo,
      trace_id: judged.traceId,
      device_id: judged.deviceId,
      opened_at: toIso(judged.openedAt),
      alarm: judged.alarm,
      cause: judged.cause,
      told_before: judged.toldBefore,
      told_after: judged.toldAfter,
    })),
  };
}

function keptToWire({ before, after, delayMs }: KeptAlarm): {
  readonly before: z.infer<typeof pastAlarm>;
  readonly after: z.infer<typeof pastAlarm>;
  readonly delay_ms: number;
} {
  return { before: alarmToWire(before), after: alarmToWire(after), delay_ms: delayMs };
}

function alarmToWire(alarm: PastAlarm): z.infer<typeof pastAlarm> {
  return {
    device_id: alarm.deviceId,
    condition: alarm.condition,
    severity: alarm.severity,
    opened_at: toIso(alarm.openedAt),
    cleared_at: toIsoOrNull(alarm.clearedAt),
    occurrences: alarm.occurrences,
    conditions: [...alarm.conditions],
    metrics: [...alarm.metrics],
  };
}
