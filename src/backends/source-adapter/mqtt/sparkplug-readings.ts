import { type EpochMs, isMetricName } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import { type BornMetric, bornOf, type SparkplugNode } from "./sparkplug-node.ts";
import {
  isNumeric,
  meaningOf,
  type SparkplugMetric,
  type SparkplugPayload,
} from "./sparkplug-payload.ts";
import type { SparkplugPlace } from "./sparkplug-topic.ts";
import type { SparkplugForm } from "./topic-config.ts";

interface About {
  readonly place: SparkplugPlace;
  readonly form: SparkplugForm;
  readonly source: string;
  readonly arrivedAt: EpochMs;
  readonly bytes: Uint8Array;
}

/** Values of one instant. */
interface Moment {
  readonly at: EpochMs;
  readonly isOurTime: boolean;
  readonly metrics: Record<string, number | string | null>;
  readonly units: Record<string, string>;
  readonly quality: Record<string, string>;
}

/** Metrics that say something about the node and nothing about a machine. */
const ofTheNode =
  /^(bdSeq$|Node Control\/|Device Control\/|Node Info\/|Device Info\/|Properties\/)/;

/** The readings of a message, one for each of its times; `unknown`: metrics whose alias is that of no birth. */
export function readingsOf(
  node: SparkplugNode,
  payload: SparkplugPayload,
  about: About,
): { readonly items: readonly SourceItem[]; readonly unknown: number } {
  const moments = new Map<EpochMs, Moment>();
  let unknown = 0;
  for (const metric of payload.metrics) {
    const born = bornOf(node, about.place.device, metric);
    if (born === null) unknown += 1;
    else take(moments, { metric, born }, { payload, about });
  }
  return { items: [...moments.values()].map((moment) => itemOf(moment, about)), unknown };
}

function take(
  moments: Map<EpochMs, Moment>,
  { metric, born }: { readonly metric: SparkplugMetric; readonly born: BornMetric },
  { payload, about }: { readonly payload: SparkplugPayload; readonly about: About },
): void {
  if (ofTheNode.test(born.name)) return;
  const listed = Object.hasOwn(about.form.metrics, born.name)
    ? about.form.metrics[born.name]
    : undefined;
  // Texts, tables and files are no measurements; who lists one wants to see that it is none.
  if (listed === undefined && (about.form.others === "ignore" || !isNumeric(born.type))) return;
  const name = listed?.metric ?? metricNameOf(born.name);
  const time = metric.timestamp ?? payload.timestamp;
  const at = time ?? Math.floor(about.arrivedAt);
  const moment = moments.get(at) ?? {
    ...{ at, isOurTime: time === null },
    ...{ metrics: {}, units: {}, quality: {} },
  };
  moments.set(at, moment);
  const value = meaningOf(metric.raw, born.type);
  // JSON has no NaN: what is no number stays a text, which ingest keeps as a bad value.
  moment.metrics[name] =
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  const unit = listed?.unit ?? metric.unit ?? born.unit;
  if (unit !== null) moment.units[name] = unit;
  if (metric.quality !== null && metric.quality !== "good") moment.quality[name] = metric.quality;
}

/** `Motor 1/Bearing DE` → `Motor_1.Bearing_DE`. */
export function metricNameOf(name: string): string {
  const text = name
    .replaceAll("/", ".")
    .replace(/[^A-Za-z0-9_.:-]/g, "_")
    .slice(0, 50);
  return isMetricName(text) ? text : `_${text.slice(0, 49)}`;
}

function itemOf(
  moment: Moment,
  { place, form, source, arrivedAt: _, ...about }: About,
): SourceItem {
  const { group, node, device, values } = place;
  const { metric: __, ...told } = values;
  const key = device === "" ? `${group}/${node}` : `${group}/${node}/${device}`;
  const own = Object.hasOwn(form.devices, key) ? form.devices[key] : undefined;
  const { metrics, units, quality, at, isOurTime } = moment;
  const value = {
    ...told,
    ...(own === undefined ? {} : { device_id: own }),
    timestamp: at,
    ...(Object.keys(units).length === 0 ? {} : { units }),
    ...(Object.keys(quality).length === 0 ? {} : { quality }),
    metrics,
  };
  const isGood = Object.values(metrics).every((each) => Number.isFinite(each));
  // Where a value is bad its raw text is looked up in JSON of the same form.
  const bytes = isGood ? about.bytes : Buffer.from(JSON.stringify(value));
  return { value, fault: null, bytes, source, ...(isOurTime ? { timeFrom: "arrival" } : {}) };
}
