import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../kernel/clock.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { LoggedReading, TelemetryStore } from "../../../ports/telemetry-store.ts";
import type { EmbeddedTelemetryConfig } from "./config.ts";
import { asTelemetryError } from "./errors.ts";
import { HotTail } from "./hot-tail.ts";
import { readParts } from "./sealer.ts";
import { readProgress } from "./stored-progress.ts";
import { TelemetryFiles } from "./telemetry-files.ts";
import { readAggregates, readReadings } from "./telemetry-reader.ts";

export interface TelemetryViewDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly config: EmbeddedTelemetryConfig;
  readonly aggregate: MinuteArithmetic;
}

/** What a store holds, seen from beside it. */
export interface TelemetryView
  extends Pick<TelemetryStore, "position" | "readings" | "aggregates" | "episodes" | "close"> {
  /** Takes records from `position` on: what their store has not sealed yet stays in memory here. */
  add(readings: readonly LoggedReading[], next: BusPosition): void;
}

/**
 * Looks into the folder of a store that may be at work in another process; nothing is ever written. Given the
 * log from `position` on it shows what the store would show. Holds in memory what the store holds there: the
 * store's own bound on unsealed records is the bound here. null: there is no store in this folder.
 */
export function openTelemetryView(deps: TelemetryViewDeps): TelemetryView | null {
  if (!existsSync(join(deps.dataDir, "episodes.db"))) return null;
  const files = new TelemetryFiles(deps.dataDir, deps.config.openFilesMax, "reader");
  const stored = readProgress(files, (_day, failure) => {
    throw asTelemetryError(failure, "look into the telemetry files");
  });
  const hot = new HotTail({
    config: deps.config,
    stored,
    readParts: (deviceId, startAt) => readParts(files, deviceId, startAt),
  });
  const source = { files, hot, arithmetic: deps.aggregate };
  return {
    add: (readings, next) => {
      const now = deps.clock.monotonic();
      // Duplicates and conflicts are what the store made of them: the first value stays.
      for (const logged of readings) hot.put(logged, now);
      hot.advance(next);
    },
    position: async () => hot.position(),
    readings: async (query) => readReadings(query, source),
    aggregates: async (query) => readAggregates(query, source),
    episodes: async (query) => files.episodes.list(query),
    close: async () => files.close(),
  };
}
