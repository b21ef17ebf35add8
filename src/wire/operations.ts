import { z } from "zod";
import type { AuditRow, OutboxRow, QuarantineRow } from "../model/records.ts";
import { instantOut, instantOutOrNull, severitySchema, toIso, toIsoOrNull } from "./basics.ts";

/** What was refused, with its raw bytes and the reason. */
export const quarantineOut = z
  .object({
    quarantine_id: z.string(),
    at: instantOut,
    source: z.string(),
    code: z.string(),
    detail: z.string(),
    device_id: z.string().nullable(),
    raw: z.string().describe("Base64, at most 64 KiB before encoding"),
    sha256: z.string(),
    count: z.int(),
    replayed_at: instantOutOrNull,
  })
  .meta({ id: "QuarantineEntry" });

export function quarantineToWire(row: QuarantineRow): z.infer<typeof quarantineOut> {
  return {
    quarantine_id: row.quarantineId,
    at: toIso(row.at),
    source: row.source,
    code: row.code,
    detail: row.detail,
    device_id: row.deviceId,
    raw: row.raw,
    sha256: row.sha256,
    count: row.count,
    replayed_at: toIsoOrNull(row.replayedAt),
  };
}

export const auditOut = z
  .object({
    number: z.int(),
    at: instantOut,
    actor: z.string(),
    origin: z.string(),
    action: z.string(),
    subject: z.string(),
    result: z.enum(["ok", "refused"]),
    detail: z.record(z.string(), z.unknown()),
    previous_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry" });

export function auditToWire(row: AuditRow): z.infer<typeof auditOut> {
  return {
    number: row.number,
    at: toIso(row.at),
    actor: row.actor,
    origin: row.origin,
    action: row.action,
    subject: row.subject,
    result: row.result,
    detail: row.detail,
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

/** One message to one receiver, as the delivery journal has it. */
export const deliveryOut = z
  .object({
    delivery_id: z.string(),
    target: z.string(),
    trace_id: z.string().nullable(),
    state: z.enum(["PENDING", "DELIVERED", "FAILED"]),
    attempts: z.int(),
    last_error: z.string().nullable(),
    created_at: instantOut,
    delivered_at: instantOutOrNull,
  })
  .meta({ id: "Delivery" });

export function deliveryToWire(row: OutboxRow): z.infer<typeof deliveryOut> {
  return {
    delivery_id: row.outboxId,
    target: row.target,
    trace_id: row.traceId,
    state: row.state,
    attempts: row.attempts,
    last_error: row.lastError,
    created_at: toIso(row.createdAt),
    delivered_at: toIsoOrNull(row.deliveredAt),
  };
}

/** True when everything accepted has passed every station and was offered once to its notifiers. */
export const idleOut = z
  .object({
    idle: z.boolean(),
    lags: z
      .record(z.string(), z.number())
      .describe("Per station: records or items behind; 0: none"),
  })
  .meta({ id: "Idle" });

export const dependencyOut = z
  .object({
    ok: z.boolean(),
    since: instantOut.describe("When it last changed"),
    last_error: z.string().nullable(),
  })
  .meta({ id: "Dependency" });

export const readyOut = z
  .object({ ready: z.boolean(), dependencies: z.record(z.string(), dependencyOut) })
  .meta({ id: "Readiness" });

/** The flow drawn with live numbers: one entry per station. */
export const systemStatusOut = z
  .object({
    version: z.string(),
    node_version: z.string(),
    profile: z.string(),
    started_at: instantOut,
    now: instantOut,
    ready: z.boolean(),
    dependencies: z.record(z.string(), dependencyOut),
    stations: z.array(
      z.object({
        name: z.string(),
        rate_per_s: z.number().nullable(),
        lag: z.number().nullable().describe("Records or items behind"),
        behind_ms: z.number().nullable(),
        state: z.enum(["ok", "slow", "stuck"]),
        detail: z.string().nullable(),
      }),
    ),
    counters: z.record(z.string(), z.number()),
    storage: z.array(
      z.object({
        name: z.string(),
        bytes: z.number().nullable(),
        free_bytes: z.number().nullable(),
        refusing: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "SystemStatus" });

export type SystemStatusOut = z.infer<typeof systemStatusOut>;

/** The top strip of every page: what stands, what is hidden, what is to do. */
export const summaryOut = z
  .object({
    active: z
      .record(severitySchema, z.int())
      .describe("Active alarms by severity, hidden ones excluded"),
    unacknowledged: z.int(),
    shelved: z.int(),
    suppressed: z.int(),
    out_of_service: z.int(),
    orders: z.object({ proposed: z.int(), open: z.int() }),
    devices: z.int(),
    unprotected_devices: z.int(),
    deviating_devices: z.int(),
    newest_reading_at: instantOutOrNull,
  })
  .meta({ id: "Summary" });

/** A metric that the plant knows: standard ones and those of its devices. */
export const metricCatalogueOut = z
  .object({
    name: z.string(),
    unit: z.string(),
    shorthand: z.boolean().describe("Stands at the top level of a reading"),
    devices: z.int().describe("Devices that declare it"),
  })
  .meta({ id: "CatalogueMetric" });
