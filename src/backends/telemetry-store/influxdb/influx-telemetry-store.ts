import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import { prepareDatabase } from "./database.ts";
import { lineOfEpisode, readEpisodes } from "./episodes.ts";
import { type InfluxClient, openInfluxClient } from "./influx-client.ts";
import { createInfluxWriter } from "./influx-writer.ts";
import { LogPosition } from "./log-position.ts";
import { readAggregates, soundLineOf } from "./minute-rows.ts";
import { readReadings } from "./reading-queries.ts";
import { createRetention } from "./retention.ts";
import { Upserts } from "./upserts.ts";

export interface InfluxTelemetryDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1); names this process and spreads retries. */
  readonly random: () => number;
  /** The one arithmetic of minutes, from `pipeline/aggregate`. */
  readonly aggregate: MinuteArithmetic;
}

export interface InfluxTelemetryStore extends TelemetryStore {
  /** What keeps the store from working now; null: nothing that it knows of. */
  failing(): IaiError | null;
  /**
   * Minutes that the database does not say yet, though their readings are there: for `progressEveryMs`, longer
   * while the server is away.
   */
  unwrittenMinutes(): number;
}

/** Calls that wait for the one that writes. */
const WAITING_MAX = 1_000;

/**
 * InfluxDB 1.8. Opening succeeds while the server is away: what is written is kept until it is back. A user that it
 * refuses, or a database that is not there and must not be made, stops the start.
 */
export async function openInfluxTelemetryStore(
  config: InfluxTelemetryConfig,
  deps: InfluxTelemetryDeps,
): Promise<InfluxTelemetryStore> {
  const { aggregate: arithmetic, log } = deps;
  const client = await openInfluxClient({ ...deps, config });
  const ready = createPreparation(client, config);
  await ready().catch((failure: unknown) => {
    const isAway = failure instanceof IaiError && failure.code === "TELEMETRY_UNREACHABLE";
    if (!isAway) {
      client.close();
      throw failure;
    }
    log.warn("influxdb.away", { error: failure.message });
  });
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "use InfluxDB" });
  const position = new LogPosition(client, deps.random().toString(36).slice(2, 12));
  const upserts = new Upserts(client, config, deps.clock);
  const parts = { client, config, position, upserts, ready };
  const writer = createInfluxWriter({ ...deps, ...parts, inTurn: turns.use });
  const retain = createRetention({ client, database: config.database, log });
  let isOpen = true;
  return {
    capabilities: { sealsItself: true, aggregatesItself: config.aggregatesItself },
    failing: client.failing,
    unwrittenMinutes: () => writer.unwrittenMinutes() + upserts.doubtful,
    write: (readings, next) => turns.use(() => writer.write(readings, next)),
    writeAggregates: async (rows) => {
      if (config.aggregatesItself) throw aggregatesHere();
      await ready();
      await upserts.writeAll(rows.map(soundLineOf));
    },
    writeEpisodes: async (episodes) => {
      await ready();
      await upserts.writeAll(episodes.map(lineOfEpisode));
    },
    position: async () => {
      await ready();
      return await position.durable();
    },
    readings: async (query) => {
      await ready();
      return await readReadings(query, client);
    },
    aggregates: async (query) => {
      await ready();
      if (writer.unwrittenMinutes() > 0) await turns.use(writer.flush);
      return await readAggregates(query, client, arithmetic);
    },
    episodes: async (query) => {
      await ready();
      return await readEpisodes(query, client);
    },
    maintain: async (retention, now) => {
      await ready();
      await turns.use(writer.flush);
      if (!config.managesDatabase) return { deletedDays: 0, bytes: 0 };
      const deleted = await retain(retention, now);
      if (deleted.deletedDays > 0) await turns.use(writer.flushAndForget);
      return deleted;
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await turns.use(writer.finish);
      await turns.drain();
      client.close();
    },
  };
}

/** Makes the database once; as long as that fails every use tries again. */
function createPreparation(client: InfluxClient, config: InfluxTelemetryConfig) {
  let done: Promise<void> | null = null;
  return (): Promise<void> => {
    done ??= prepareDatabase(client, config).catch((failure: unknown) => {
      done = null;
      throw failure;
    });
    return done;
  };
}

function aggregatesHere(): IaiError {
  const message =
    "Cannot take minutes: this store computes them itself (telemetryStore.aggregatesItself)";
  return new IaiError("UNSUPPORTED", message);
}
