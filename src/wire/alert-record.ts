import type { AlarmTransition } from "../model/alarm.ts";

/** A record of topic `alerts`; its key is the device id. What every alert carries wherever it leaves, then all of it. */
interface AlertRecord {
  readonly trace_id: string;
  readonly device_id: string;
  readonly condition: string;
  readonly severity: string;
  readonly kind: string;
  readonly number: number;
  /** Of the reading that raised it; null: no reading did. */
  readonly timestamp: number | null;
  readonly seq: number | null;
  readonly values: Readonly<Record<string, number>>;
  readonly transition: AlarmTransition;
}

export function encodeAlertRecord(transition: AlarmTransition): string {
  const { alarm, kind, number } = transition;
  const record: AlertRecord = {
    trace_id: alarm.traceId,
    device_id: alarm.deviceId,
    condition: alarm.condition,
    severity: alarm.severity,
    kind,
    number,
    timestamp: alarm.reading?.timestamp ?? null,
    seq: alarm.reading?.seq ?? null,
    values: alarm.reading?.values ?? {},
    transition,
  };
  return JSON.stringify(record);
}

export function decodeAlertRecord(text: string): AlarmTransition {
  return (JSON.parse(text) as AlertRecord).transition;
}
