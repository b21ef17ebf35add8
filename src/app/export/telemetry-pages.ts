import { DAY, type DeviceId, MINUTE } from "../../model/basics.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { toIso } from "../../wire/basics.ts";
import { readingOut, readingToWire } from "../../wire/reading.ts";
import { aggregateOut, aggregateToWire, anomalyOut, anomalyToWire } from "../../wire/telemetry.ts";
import type { ExportRange, ExportRow } from "./export-rows.ts";

/** Readings of a page. */
const PAGE = 2_000;
/** A page of aggregates: a week of minutes. */
const AGGREGATE_PAGE_MS = 7 * DAY;
/** More than a page can hold: pages are cut by time, not by number. */
const NO_LIMIT = 10_000_000;

export const readingColumns = [...Object.keys(readingOut.shape), "received_at", "config_version"];
export const aggregateColumns = Object.keys(aggregateOut.shape);
export const anomalyColumns = Object.keys(anomalyOut.shape);

type Telemetry = Pick<TelemetryStore, "readings" | "aggregates" | "episodes">;

export async function* readingRows(
  telemetry: Telemetry,
  deviceId: DeviceId,
  { from, to }: ExportRange,
): AsyncGenerator<ExportRow> {
  let next = from;
  for (;;) {
    const query = { deviceId, from: next, to, metrics: null, limit: PAGE, order: "asc" as const };
    const readings = await telemetry.readings(query);
    for (const reading of readings) {
      const { receivedAt, configVersion } = reading;
      yield {
        ...readingToWire(reading),
        received_at: toIso(receivedAt),
        config_version: configVersion,
      };
    }
    const last = readings.at(-1);
    if (last === undefined || readings.length < PAGE) return;
    // An instant is one reading, so the next page begins just after it.
    next = last.measuredAt + 1;
  }
}

export async function* aggregateRows(
  telemetry: Telemetry,
  deviceId: DeviceId,
  { from, to }: ExportRange,
): AsyncGenerator<ExportRow> {
  for (let begin = from; begin < to; begin += AGGREGATE_PAGE_MS) {
    const end = Math.min(to, begin + AGGREGATE_PAGE_MS);
    const page = { from: begin, to: end, metrics: null, stepMs: MINUTE, limit: NO_LIMIT };
    for (const row of await telemetry.aggregates({ deviceId, ...page })) yield aggregateToWire(row);
  }
}

export async function* anomalyRows(
  telemetry: Telemetry,
  { deviceId, from, to }: ExportRange,
): AsyncGenerator<ExportRow> {
  for (let begin = from; begin < to; begin += DAY) {
    const page = { from: begin, to: Math.min(to, begin + DAY), limit: NO_LIMIT };
    for (const episode of await telemetry.episodes({ deviceId, ...page })) {
      // One that lasts is met on every day; it belongs to the day it began, or to the first.
      if (episode.startedAt >= begin || begin === from) yield anomalyToWire(episode);
    }
  }
}
