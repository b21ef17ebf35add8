import type { EpochMs } from "../../../model/basics.ts";

/** Names in the database; nothing of a user ever becomes part of one. */
export const RAW = "sensor_raw";
export const MINUTES = "sensor_agg_1m";
export const EPISODES = "anomaly_events";
export const POSITIONS = "iai_position";

export const RAW_POLICY = "rp_raw_90d";
/** Minutes and episodes. */
export const AGGREGATE_POLICY = "rp_agg_365d";
/** How far the log is stored: kept for ever, one point a partition. */
export const POSITION_POLICY = "rp_position";

/** The last millisecond that the database can hold, in the year 2262. */
export const LAST_TIME: EpochMs = 9_223_372_036_853;

export const from = (policy: string, measurement: string): string => `"${policy}"."${measurement}"`;

/** `time` within [begin, end), cut to what the database can hold. */
export function within(begin: EpochMs, end: EpochMs): string {
  const cut = (at: EpochMs): number => Math.min(Math.max(Math.ceil(at), 0), LAST_TIME + 1);
  return `time >= ${cut(begin)}ms AND time < ${cut(end)}ms`;
}
