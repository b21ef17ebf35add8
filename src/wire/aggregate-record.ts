import type { AggregateRow } from "../model/aggregate.ts";
import type { DeviceId, EpochMs } from "../model/basics.ts";

/** One minute of one device. */
export interface AggregateRecord {
  readonly minuteAt: EpochMs;
  /** Counts up per minute: the highest is right. null: the minute must be computed from the raw readings. */
  readonly revision: number | null;
  readonly rows: readonly AggregateRow[];
}

/** A record of topic `aggregates`; its key is the device id. */
interface WireRecord {
  readonly minute_at: EpochMs;
  readonly revision: number | null;
  /** Per metric: count, avg, min, max, last, stddev. */
  readonly metrics: Readonly<
    Record<string, readonly [number, number, number, number, number, number]>
  >;
}

export function encodeAggregateRecord({ minuteAt, revision, rows }: AggregateRecord): string {
  const metrics = Object.fromEntries(
    rows.map(({ metric, count, avg, min, max, last, stddev }) => [
      metric,
      [count, avg, min, max, last, stddev] as const,
    ]),
  );
  const record: WireRecord = { minute_at: minuteAt, revision, metrics };
  return JSON.stringify(record);
}

export function decodeAggregateRecord(deviceId: DeviceId, text: string): AggregateRecord {
  const { minute_at: minuteAt, revision, metrics } = JSON.parse(text) as WireRecord;
  const rows = Object.entries(metrics).map(([metric, [count, avg, min, max, last, stddev]]) => ({
    ...{ deviceId, metric, minuteAt, count, avg, min, max, last, stddev },
  }));
  return { minuteAt, revision, rows };
}
