/** Words that every other file of the model uses. Instants are UTC milliseconds, spans are milliseconds. */

/** An instant: milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
/** A span in milliseconds. */
export type Ms = number;
/** Matches `^[A-Za-z0-9_.:-]{1,50}$`. */
export type DeviceId = string;
/** Name of a measured quantity, e.g. `vibration`; matches the same pattern as a device id. */
export type MetricName = string;
/** Hash of (device, condition, opening timestamp): names one alarm for ever. */
export type TraceId = string;
/** Monotonic number of the last configuration change a reading was accepted under. */
export type ConfigVersion = number;

export const SECOND: Ms = 1_000;
export const MINUTE: Ms = 60_000;
export const HOUR: Ms = 3_600_000;
export const DAY: Ms = 86_400_000;

const identifier = /^[A-Za-z0-9_.:-]{1,50}$/;

/** True for a text that may name a device, a metric, a line or a factory. */
export function isIdentifier(text: string): boolean {
  return identifier.test(text);
}

/** True for a name that a metric may have; names that every object answers to would confuse whoever looks them up. */
export function isMetricName(name: string): boolean {
  return isIdentifier(name) && !(name in Object.prototype);
}
