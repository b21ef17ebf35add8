import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import { isIdentifier } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { Series } from "./influx-client.ts";
import { floatOf, integerOf, stringOf } from "./line-protocol.ts";
import { marksFor, marksOf, marksOfText, type ReadingMarks, textOfMarks } from "./reading-marks.ts";
import { LAST_TIME, RAW } from "./schema.ts";

/*
 * A reading is one point of `sensor_raw`: tag `device_id`, its time, a float field per metric under the metric's
 * own name, and what belongs to the reading as a whole in fields with an @, which no metric can have. A metric whose
 * name means something else to the database stands under its name with a ~ before it.
 */
const RECEIVED_AT = "@received_at";
const CONFIG_VERSION = "@config_version";
const SEQ = "@seq";
const STATUS = "@status";
const MARKS = "@marks";
const heads = [RECEIVED_AT, CONFIG_VERSION, SEQ, STATUS, MARKS];

const isReserved = (name: string): boolean =>
  name.startsWith("_") || /^(time|device_id)$/i.test(name);

export const fieldOf = (metric: MetricName): string => (isReserved(metric) ? `~${metric}` : metric);

/** What a point adds to what the database holds of the instant; null: nothing. */
export interface RawPoint {
  readonly deviceId: DeviceId;
  readonly measuredAt: EpochMs;
  receivedAt: EpochMs | null;
  configVersion: number | null;
  seq: number | null;
  status: string | null;
  readonly values: Map<MetricName, number>;
  /** Of the whole instant: one field holds them all. */
  marks: ReadingMarks | null;
}

/** The line of a point. */
export function lineOf(point: RawPoint): string {
  let line = `${RAW},device_id=${point.deviceId} `;
  for (const [metric, value] of point.values) line += `${fieldOf(metric)}=${floatOf(value)},`;
  if (point.receivedAt !== null) line += `${RECEIVED_AT}=${integerOf(point.receivedAt)},`;
  if (point.configVersion !== null) line += `${CONFIG_VERSION}=${integerOf(point.configVersion)},`;
  if (point.seq !== null) line += `${SEQ}=${integerOf(point.seq)},`;
  if (point.status !== null) line += `${STATUS}=${stringOf(point.status)},`;
  if (point.marks !== null) line += `${MARKS}=${stringOf(textOfMarks(point.marks))},`;
  return `${line.slice(0, -1)} ${point.measuredAt}`;
}

/** Why the database could not give this reading back exactly; null: it can. Ingest lets none of it through. */
export function flawOf(reading: Reading): string | null {
  const { measuredAt, receivedAt, configVersion, seq } = reading;
  if (!isIdentifier(reading.deviceId)) return "its device id is none";
  if (!Number.isInteger(measuredAt) || measuredAt < 0 || measuredAt > LAST_TIME) {
    return "its time is not a whole millisecond of the years 1970 to 2262";
  }
  if (![receivedAt, configVersion, seq ?? 0].every(Number.isSafeInteger)) {
    return "a time or counter of it is no whole number";
  }
  for (const [metric, value] of reading.values) {
    if (!isIdentifier(metric)) return "a metric's name is none";
    if (!Number.isFinite(value)) return "a value is not finite";
  }
  const others = [reading.qualities, reading.faults, reading.sources];
  const names = others.flatMap((map) => [...(map?.keys() ?? [])]);
  return names.every(isIdentifier) ? null : "a metric's name is none";
}

/** What to select for these metrics; null: for all. Names that are none have no field and are left out. */
export function fieldsFor(metrics: readonly MetricName[] | null): string {
  if (metrics === null) return "*::field";
  const fields = metrics.filter(isIdentifier).map(fieldOf);
  return [...fields, ...heads].map((field) => `"${field}"`).join(",");
}

/** Readings of one device in the order of the rows; those without any of the metrics asked for are left out. */
export function readingsOf(
  deviceId: DeviceId,
  { columns, values }: Series,
  metrics: ReadonlySet<MetricName> | null,
): Reading[] {
  const fields = columns.flatMap((name, index) => {
    if (name === "time" || name.startsWith("@")) return [];
    const metric = name.startsWith("~") ? name.slice(1) : name;
    return metrics === null || metrics.has(metric) ? [{ metric, index }] : [];
  });
  const at = Object.fromEntries(columns.map((name, index) => [name, index]));
  const readings: Reading[] = [];
  for (const row of values) {
    const numbers = new Map<MetricName, number>();
    for (const { metric, index } of fields) {
      const value = row[index];
      if (typeof value === "number") numbers.set(metric, value);
    }
    const head = <T>(name: string): T | null => (row[at[name] ?? -1] ?? null) as T | null;
    const text = head<string>(MARKS);
    const all = text === null ? null : marksOfText(text);
    const marks = metrics === null ? all : marksFor(all, metrics);
    const saysNothing = numbers.size === 0 && marks?.qualities == null && marks?.faults == null;
    if (metrics !== null && saysNothing) continue;
    const measuredAt = row[at["time"] ?? 0] as EpochMs;
    readings.push({
      deviceId,
      measuredAt,
      // Points that others wrote say neither.
      receivedAt: head<number>(RECEIVED_AT) ?? measuredAt,
      configVersion: head<number>(CONFIG_VERSION) ?? 0,
      seq: head<number>(SEQ),
      status: head<string>(STATUS),
      values: numbers,
      ...(marks ?? noMarks),
    });
  }
  return readings;
}

const noMarks = { qualities: null, faults: null, sources: null };

/** A point that says a reading as a whole. */
export function pointOf(reading: Reading): RawPoint {
  const { deviceId, measuredAt, receivedAt, configVersion, seq, status } = reading;
  const values = new Map(reading.values);
  return {
    ...{ deviceId, measuredAt, receivedAt, configVersion, seq, status, values },
    marks: marksOf(reading),
  };
}
