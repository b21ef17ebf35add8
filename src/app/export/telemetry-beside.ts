import { scanLog } from "../../backends/event-bus/embedded/log-scan.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { decodeReading } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import { openTelemetryView } from "../registry.ts";

export type TelemetryBeside = Pick<
  TelemetryStore,
  "readings" | "aggregates" | "episodes" | "close"
>;

/**
 * The telemetry of a folder, whether IAI runs on it or not: nothing is written. With `withLog`, what its files do not
 * hold yet is taken from its log. Empty where there is no telemetry.
 */
export async function openTelemetryBeside(
  config: Config["telemetryStore"],
  dir: DataDir,
  withLog: boolean,
): Promise<TelemetryBeside> {
  const view = await openTelemetryView(config, { dir, clock: systemClock, log: silentLog });
  if (view === null) return emptyTelemetry;
  // A server shows what was archived and takes no more from here.
  if (!withLog || config.kind !== "embedded") return view;
  const topics = ["raw_sensor_data"] as const;
  for (const batch of scanLog(dir.log, { topics, from: await view.position() })) {
    const readings = batch.records.map(({ key, value, partition, offset }) => ({
      reading: decodeReading(key, value),
      partition,
      offset,
    }));
    view.add(readings, batch.next);
  }
  return view;
}

export const emptyTelemetry: TelemetryBeside = {
  readings: async () => [],
  aggregates: async () => [],
  episodes: async () => [],
  close: async () => undefined,
};
