import type { EpochMs, MetricName } from "../../model/basics.ts";
import { qualityOf, type Reading } from "../../model/reading.ts";

/** Usable values of one metric and their times; both lists are equally long. */
export interface Samples {
  readonly at: EpochMs[];
  readonly values: number[];
}

/** Good and uncertain values per metric, in the order of the readings; bad values never count. */
export function usableSamples(readings: readonly Reading[]): ReadonlyMap<MetricName, Samples> {
  const samples = new Map<MetricName, Samples>();
  for (const reading of readings) {
    for (const [metric, value] of reading.values) {
      if (qualityOf(reading, metric) === "bad") continue;
      let column = samples.get(metric);
      if (column === undefined) {
        column = { at: [], values: [] };
        samples.set(metric, column);
      }
      column.at.push(reading.measuredAt);
      column.values.push(value);
    }
  }
  return samples;
}
