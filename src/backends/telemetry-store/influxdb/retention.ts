import type { Log } from "../../../kernel/log.ts";
import { DAY, type EpochMs, HOUR, MINUTE, type Ms } from "../../../model/basics.ts";
import type { TelemetryRetention } from "../../../ports/telemetry-store.ts";
import { findPolicies, findShards, type Shard } from "./database.ts";
import type { InfluxClient } from "./influx-client.ts";
import { AGGREGATE_POLICY, RAW_POLICY } from "./schema.ts";

/** Clocks that differ by more are not trusted to delete: the server deletes by its own. */
const SKEW_MAX: Ms = HOUR;
/** The server checks its policies every half hour; we need not be faster than this. */
const ROUND_EVERY: Ms = MINUTE;

export interface Deleted {
  readonly deletedDays: number;
  readonly bytes: number;
}

const nothing: Deleted = { deletedDays: 0, bytes: 0 };

interface RetentionDeps {
  readonly client: InfluxClient;
  readonly database: string;
  readonly log: Log;
}

/**
 * Deletes what is too old or too much, whole shards at a time: a day of readings, a week of minutes. The policies of
 * the database get the same durations, so that it goes on deleting without us.
 */
export function createRetention(deps: RetentionDeps) {
  const { client, log } = deps;
  let last: { readonly at: EpochMs; readonly retention: TelemetryRetention } | null = null;
  return async (retention: TelemetryRetention, now: EpochMs): Promise<Deleted> => {
    const { rawMs, aggregateMs, maxBytes } = retention;
    const isSame =
      last?.retention.rawMs === rawMs &&
      last.retention.aggregateMs === aggregateMs &&
      last.retention.maxBytes === maxBytes;
    if (last !== null && isSame && Math.abs(now - last.at) < ROUND_EVERY) return nothing;
    await setDurations(retention, now, deps);
    const all = await findShards(client, deps.database);
    const isOld = ({ policy, endsAt }: Shard): boolean =>
      (policy === RAW_POLICY && endsAt <= now - rawMs) ||
      (policy === AGGREGATE_POLICY && endsAt <= now - aggregateMs);
    const doomed = all.filter(isOld);
    if (doomed.length > 0 || maxBytes !== null) {
      const sizes = await sizesOf(deps);
      const kept = all.filter((shard) => !doomed.includes(shard));
      doomed.push(...beyond(maxBytes, kept, sizes));
      const bytes = doomed.reduce((sum, { id }) => sum + (sizes.get(id) ?? 0), 0);
      for (const { id } of doomed) await client.query(`DROP SHARD ${id}`);
      last = { at: now, retention };
      if (doomed.length > 0) {
        log.info("influxdb.shards.dropped", { shards: doomed.length, bytes });
        const deletedDays = doomed.filter(({ policy }) => policy === RAW_POLICY).length;
        return { deletedDays, bytes };
      }
    }
    last = { at: now, retention };
    return nothing;
  };
}

/** The oldest days of readings while all is larger than allowed; never the newest. */
function beyond(
  maxBytes: number | null,
  shards: readonly Shard[],
  sizes: ReadonlyMap<number, number>,
): readonly Shard[] {
  if (maxBytes === null) return [];
  let total = shards.reduce((sum, { id }) => sum + (sizes.get(id) ?? 0), 0);
  const days = shards.filter(({ policy }) => policy === RAW_POLICY);
  const doomed: Shard[] = [];
  for (const day of days.slice(0, -1)) {
    if (total <= maxBytes) break;
    total -= sizes.get(day.id) ?? 0;
    doomed.push(day);
  }
  return doomed;
}

async function setDurations(
  { rawMs, aggregateMs }: TelemetryRetention,
  now: EpochMs,
  { client, database, log }: RetentionDeps,
): Promise<void> {
  const policies = (await findPolicies(client, database)) ?? [];
  const skewMs = Math.abs(now - (client.serverTime() ?? now));
  for (const [name, wantedMs] of [
    [RAW_POLICY, rawMs],
    [AGGREGATE_POLICY, aggregateMs],
  ] as const) {
    // InfluxDB knows no shorter life than an hour, and a shard must not outlive its policy.
    const durationMs = Math.max(Math.ceil(wantedMs / MINUTE) * MINUTE, HOUR);
    const policy = policies.find((one) => one.name === name);
    if (policy === undefined || policy.durationMs === durationMs) continue;
    if (skewMs > SKEW_MAX) {
      log.warn("influxdb.policy.kept", { policy: name, skewMs, durationMs: policy.durationMs });
      continue;
    }
    const shardMs = Math.min(durationMs, name === RAW_POLICY ? DAY : 7 * DAY);
    const spans = `DURATION ${durationMs / MINUTE}m SHARD DURATION ${Math.floor(shardMs / HOUR)}h`;
    await client.query(`ALTER RETENTION POLICY "${name}" ON "${database}" ${spans}`);
    log.info("influxdb.policy.altered", { policy: name, from: policy.durationMs, to: durationMs });
  }
}

/** Bytes on disk of each shard. */
async function sizesOf({ client, database }: RetentionDeps): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>();
  for (const series of await client.query("SHOW STATS FOR 'shard'")) {
    for (const { tags, columns, values } of series) {
      if (tags?.["database"] !== database) continue;
      sizes.set(Number(tags["id"]), Number(values[0]?.[columns.indexOf("diskBytes")] ?? 0));
    }
  }
  return sizes;
}
