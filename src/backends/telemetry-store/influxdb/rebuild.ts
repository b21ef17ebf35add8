import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import { DAY, type DeviceId, type EpochMs, HOUR, MINUTE, type Ms } from "../../../model/basics.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import { findShards, prepareDatabase, tableOf } from "./database.ts";
import { type InfluxClient, openInfluxClient } from "./influx-client.ts";
import { MinuteBlock } from "./minute-block.ts";
import { linesOfBlock } from "./minute-rows.ts";
import { createStoredReadings } from "./reading-queries.ts";
import { MINUTES, POSITIONS, RAW, RAW_POLICY, within } from "./schema.ts";
import { Upserts } from "./upserts.ts";

/** Deleting marks every series of a shard: large ones take minutes. */
const TIMEOUT_MS: Ms = 10 * MINUTE;
/** Readings of one device that are in memory at a time. */
const SPAN_MS: Ms = 6 * HOUR;

export interface InfluxRebuildDeps {
  readonly config: InfluxTelemetryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly aggregate: MinuteArithmetic;
  /** Days from this instant on are in the log as a whole; older days are not. */
  readonly loggedFrom: EpochMs;
}

export interface InfluxRebuildPlan {
  /** Days whose readings were removed: the log gives them again. */
  readonly removedDays: number;
  /** Days whose minutes were computed anew from their readings. */
  readonly recomputedDays: number;
}

/**
 * Makes a database that no archive writes ready to be written again from the log: readings and minutes of days that
 * the log holds as a whole go, minutes of older days are computed anew from their readings, and the store asks for
 * the log from its beginning. Broken off at any point it loses nothing: the position is forgotten first. Minutes
 * that a stream engine makes are left to it.
 */
export async function prepareInfluxRebuild(deps: InfluxRebuildDeps): Promise<InfluxRebuildPlan> {
  const config = { ...deps.config, timeoutMs: Math.max(deps.config.timeoutMs, TIMEOUT_MS) };
  const client = await openInfluxClient({ ...deps, config });
  try {
    await prepareDatabase(client, config);
    await client.query(`DELETE FROM "${POSITIONS}"`);
    const days = await daysOf(client, config);
    const removed = days.filter((day) => day >= deps.loggedFrom);
    const kept = days.filter((day) => day < deps.loggedFrom);
    await removeFrom(deps.loggedFrom, client, config);
    if (config.aggregatesItself) {
      for (const day of kept) await recomputeMinutes(day, client, { ...deps, config });
    }
    return {
      removedDays: removed.length,
      recomputedDays: config.aggregatesItself ? kept.length : 0,
    };
  } finally {
    client.close();
  }
}

/** Days that have readings, the oldest first. */
async function daysOf(
  client: InfluxClient,
  { database, managesDatabase }: InfluxTelemetryConfig,
): Promise<readonly EpochMs[]> {
  const dayOf = (at: EpochMs): EpochMs => Math.floor(at / DAY) * DAY;
  if (managesDatabase) {
    const shards = await findShards(client, database);
    const days = shards.filter(({ policy }) => policy === RAW_POLICY);
    return [...new Set(days.map(({ beginsAt }) => dayOf(beginsAt)))];
  }
  // Who may not see the shards looks at the first and the last reading.
  const edges = await Promise.all(
    ["ASC", "DESC"].map(async (order) => {
      const text = `SELECT * FROM "${RAW_POLICY}"."${RAW}" ORDER BY time ${order} LIMIT 1`;
      return tableOf(await client.query(text)).map((row) => Number(row["time"]));
    }),
  );
  const [first, last] = edges.flat();
  if (first === undefined || last === undefined) return [];
  const count = (dayOf(last) - dayOf(first)) / DAY + 1;
  return Array.from({ length: count }, (_, i) => dayOf(first) + i * DAY);
}

async function removeFrom(
  loggedFrom: EpochMs,
  client: InfluxClient,
  { database, managesDatabase, aggregatesItself }: InfluxTelemetryConfig,
): Promise<void> {
  if (loggedFrom === Number.POSITIVE_INFINITY) return;
  if (managesDatabase) {
    // Whole days go at once, whatever they hold.
    for (const { id, policy, beginsAt } of await findShards(client, database)) {
      if (policy === RAW_POLICY && beginsAt >= loggedFrom) await client.query(`DROP SHARD ${id}`);
    }
  }
  const range = within(loggedFrom, Number.POSITIVE_INFINITY);
  for (const measurement of aggregatesItself ? [RAW, MINUTES] : [RAW]) {
    await client.query(`DELETE FROM "${measurement}" WHERE ${range}`);
  }
}

async function recomputeMinutes(
  day: EpochMs,
  client: InfluxClient,
  { config, clock, aggregate }: InfluxRebuildDeps,
): Promise<void> {
  const stored = createStoredReadings(client);
  const upserts = new Upserts(client, config, clock);
  for (const deviceId of await devicesOf(client)) {
    for (let begin = day; begin < day + DAY; begin += SPAN_MS) {
      const [readings = []] = await stored.readings([{ deviceId, begin, end: begin + SPAN_MS }]);
      const blocks = new Map<EpochMs, MinuteBlock>();
      for (const reading of readings) {
        const minuteAt = Math.floor(reading.measuredAt / MINUTE) * MINUTE;
        const block = blocks.get(minuteAt) ?? new MinuteBlock(deviceId, minuteAt);
        blocks.set(minuteAt, block);
        block.put(reading);
      }
      const lines = [...blocks.values()].flatMap((block) => [...linesOfBlock(block, aggregate)]);
      await upserts.writeAll(lines);
    }
  }
}

async function devicesOf(client: InfluxClient): Promise<readonly DeviceId[]> {
  const text = `SHOW TAG VALUES FROM "${RAW_POLICY}"."${RAW}" WITH KEY = "device_id"`;
  return tableOf(await client.query(text)).map((row) => String(row["value"]));
}
