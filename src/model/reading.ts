import type { ConfigVersion, DeviceId, EpochMs, MetricName } from "./basics.ts";

/** How far a value can be trusted; a metric that is not listed as uncertain or bad is good. */
export type Quality = "good" | "uncertain" | "bad";

/** A value that was kept but cannot be used as a number: its raw text and the code that says why. */
export interface ValueFault {
  readonly code: string;
  readonly raw: string;
}

/** Value and unit as the source sent them, kept when a conversion took place. */
export interface SourceQuantity {
  readonly value: number;
  readonly unit: string;
}

/** One message of one device at one instant. Identity is (deviceId, measuredAt). */
export interface Reading {
  readonly deviceId: DeviceId;
  /** The device's clock. */
  readonly measuredAt: EpochMs;
  /** Our clock when it was accepted. */
  readonly receivedAt: EpochMs;
  /** In the metric's own unit; absent: not measured. Holds good, uncertain and bad numbers. */
  readonly values: ReadonlyMap<MetricName, number>;
  /** Only metrics that are not good; null: all are good. */
  readonly qualities: ReadonlyMap<MetricName, Quality> | null;
  /** Metrics without a usable number; null: none. */
  readonly faults: ReadonlyMap<MetricName, ValueFault> | null;
  /** Metrics that were converted; null: none. */
  readonly sources: ReadonlyMap<MetricName, SourceQuantity> | null;
  /** The sender's own counter; null: not given. */
  readonly seq: number | null;
  /** What the device says of itself, e.g. `NORMAL`, `ANOMALY`; one input among others. */
  readonly status: string | null;
  readonly configVersion: ConfigVersion;
}

/** The part of a reading that an alarm carries wherever it leaves. */
export interface ReadingSnapshot {
  readonly timestamp: EpochMs;
  readonly seq: number | null;
  readonly values: Readonly<Record<MetricName, number>>;
}

/** Quality of one metric of a reading. */
export function qualityOf(reading: Reading, metric: MetricName): Quality {
  return reading.qualities?.get(metric) ?? "good";
}

/** The snapshot of a reading for an alarm. */
export function snapshotOf(reading: Reading): ReadingSnapshot {
  return {
    timestamp: reading.measuredAt,
    seq: reading.seq,
    values: Object.fromEntries(reading.values),
  };
}
