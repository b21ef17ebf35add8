import { z } from "zod";
import { alertOut } from "./alert.ts";
import { deviceOut } from "./device.ts";
import { deviceStatusOut } from "./device-status.ts";
import { readingOut } from "./reading.ts";
import { agentStepOut, reportOut } from "./report.ts";
import { workOrderOut } from "./work-order.ts";

/** Names of the events of `GET /stream`. */
export const liveEventTypes = [
  "reading",
  "state",
  "alert",
  "order",
  "report",
  "step",
  "device",
  "stats",
] as const;
export type LiveEventType = (typeof liveEventTypes)[number];

/** How a device stands, without its registry columns. */
export const liveStateOut = deviceStatusOut
  .pick({
    device_id: true,
    line_id: true,
    factory_id: true,
    last_seen_at: true,
    seq: true,
    values: true,
    state: true,
    score: true,
    contributions: true,
    baseline: true,
    health: true,
    learned_rows: true,
    learn_rows: true,
    worst_margin: true,
    worst_metric: true,
  })
  .meta({ id: "LiveState" });

/** `data` of each event; `alert` also says in `change` what happened. */
export const liveEventOut = {
  reading: readingOut,
  state: liveStateOut,
  alert: alertOut.extend({ change: z.string() }).meta({ id: "LiveAlert" }),
  order: workOrderOut,
  report: reportOut,
  step: agentStepOut
    .extend({ trace_id: z.string(), device_id: z.string() })
    .meta({ id: "LiveStep" }),
  device: deviceOut,
  stats: z
    .object({ readings_per_s: z.number(), dropped: z.int().describe("Events this client lost") })
    .meta({ id: "LiveStats" }),
} as const satisfies Record<LiveEventType, z.ZodType>;
