import type { Ms } from "../../../model/basics.ts";

/** A key of the cache and how long its value is good. */
export interface CacheKey {
  readonly key: string;
  readonly ttlMs: Ms;
}

/**
 * Every key that IAI keeps in a cache, and nowhere else. Each is a copy: what it says can be read, slower, where it
 * comes from. A condition has no colon, so that the parts can be told apart also where a device id has some.
 */
export const cacheKeys = {
  /** Trace id of the alarm that a repetition of the condition belongs to; the truth is in the steps' state. */
  alertDedup: (deviceId: string, condition: string): CacheKey => ({
    key: `alert:dedup:${deviceId}:${condition}`,
    ttlMs: 300_000,
  }),
  /** The diagnosis report as it is answered; the truth is in the records. */
  diagnosis: (traceId: string): CacheKey => ({
    key: `diag:cache:${traceId}`,
    ttlMs: 3_600_000,
  }),
  /** The device's status as it is answered; the truth is in records, telemetry and steps. */
  deviceStatus: (deviceId: string): CacheKey => ({
    key: `device:status:${deviceId}`,
    ttlMs: 30_000,
  }),
  /** Alarms of the device in this minute. */
  alarmRate: (deviceId: string): CacheKey => ({
    key: `rate:limit:${deviceId}`,
    ttlMs: 60_000,
  }),
  /** A console session; the truth is in the records. `ttlMs` is what is left of its life. */
  session: (sessionId: string, ttlMs: Ms): CacheKey => ({ key: `session:${sessionId}`, ttlMs }),
} as const;
