import { z } from "zod";
import { DAY } from "../../../model/basics.ts";
import { alertOut, alertToWire } from "../../../wire/alert.ts";
import { identifier, instantOut, severitySchema, toIso } from "../../../wire/basics.ts";
import { verdictSchema } from "../../../wire/work-order.ts";
import { findDevice, scopeWhere } from "../../api/scope.ts";
import { defineTool } from "../tool.ts";

const ALERTS_MAX = 50;
const VERDICTS_MAX = 10;
const severities = ["P0", "P1", "P2", "P3"] as const;

const entryOut = alertOut.pick({
  trace_id: true,
  condition: true,
  severity: true,
  peak_severity: true,
  state: true,
  status: true,
  timestamp: true,
  values: true,
  occurrences: true,
  opened_at: true,
  cleared_at: true,
  margin: true,
  worst_metric: true,
  acknowledged_by: true,
});

/** What a device's alarms were, and what people found behind them. */
export const getAlertHistory = defineTool({
  name: "get_alert_history",
  title: "Alarm history",
  description:
    "Alarms of a device in the last days, newest first, how many of each severity, and what people found when they closed its orders.",
  action: "alerts.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({
    device_id: identifier,
    days: z.int().min(1).max(365).default(7),
  }),
  output: z.object({
    device_id: identifier,
    from: instantOut,
    total: z.int(),
    by_severity: z.record(severitySchema, z.int()),
    items: z.array(entryOut).describe(`The newest ${ALERTS_MAX}`),
    verdicts: z
      .array(verdictSchema.pick({ alarm: true, cause: true, fix: true }).extend({ at: instantOut }))
      .describe("Of closed orders, newest first, of any age"),
  }),
  answer: async ({ device_id, days }, { services, principal }) => {
    const { deviceId } = findDevice(services.devices, principal, device_id);
    const now = services.clock.now();
    const from = now - days * DAY;
    const where = { ...scopeWhere(principal, deviceId), openedAt: { gte: from } };
    const found = await services.records.read(async (tx) => ({
      rows: await tx.list("alert_log", {
        where,
        orderBy: [
          ["openedAt", "desc"],
          ["traceId", "desc"],
        ],
        limit: ALERTS_MAX,
      }),
      counts: await Promise.all(
        severities.map((alertLevel) => tx.count("alert_log", { where: { ...where, alertLevel } })),
      ),
      verdicts: await tx.list("verdict", {
        where: { deviceId },
        orderBy: [["at", "desc"]],
        limit: VERDICTS_MAX,
      }),
    }));
    const [P0 = 0, P1 = 0, P2 = 0, P3 = 0] = found.counts;
    return {
      device_id: deviceId,
      from: toIso(from),
      total: P0 + P1 + P2 + P3,
      by_severity: { P0, P1, P2, P3 },
      items: found.rows.map((row) => entryOut.parse(alertToWire(row, now))),
      verdicts: found.verdicts.map(({ verdict, at }) => ({
        alarm: verdict.alarm,
        cause: verdict.cause,
        fix: verdict.fix,
        at: toIso(at),
      })),
    };
  },
});
