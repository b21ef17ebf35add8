import { IaiError } from "../../../kernel/errors.ts";
import { DAY, type EpochMs, HOUR, type Ms } from "../../../model/basics.ts";
import type { InfluxClient, Series } from "./influx-client.ts";
import { AGGREGATE_POLICY, POSITION_POLICY, RAW_POLICY } from "./schema.ts";

/** How much time one shard holds, which is what is deleted at once. */
const shards: Readonly<Record<string, Ms>> = {
  [RAW_POLICY]: DAY,
  [AGGREGATE_POLICY]: 7 * DAY,
  [POSITION_POLICY]: 7 * DAY,
};

export interface Policy {
  readonly name: string;
  /** 0: for ever. */
  readonly durationMs: Ms;
}

/**
 * Makes the database and the policies that are not there. They begin without an end: how long things are kept is
 * set by `maintain`, which knows it, and not by a default that would delete what somebody wanted to keep longer.
 */
export async function prepareDatabase(
  client: Pick<InfluxClient, "query">,
  { database, managesDatabase }: { readonly database: string; readonly managesDatabase: boolean },
): Promise<void> {
  const there = await findPolicies(client, database);
  const missing = Object.keys(shards).filter(
    (name) => !there?.some((policy) => policy.name === name),
  );
  if (missing.length === 0) return;
  if (!managesDatabase) {
    const message = `Cannot use the database "${database}": ${missing.join(", ")} must be made by its administrator`;
    throw new IaiError("TELEMETRY_DENIED", message);
  }
  const rest = (name: string): string =>
    `DURATION INF REPLICATION 1 SHARD DURATION ${(shards[name] ?? DAY) / HOUR}h`;
  if (there === null) {
    await client.query(
      `CREATE DATABASE "${database}" WITH ${rest(RAW_POLICY)} NAME "${RAW_POLICY}"`,
    );
  }
  for (const name of missing) {
    const isDefault = name === RAW_POLICY ? "DEFAULT" : "";
    await client.query(
      `CREATE RETENTION POLICY "${name}" ON "${database}" ${rest(name)} ${isDefault}`,
    );
  }
}

/** null: there is no such database. */
export async function findPolicies(
  client: Pick<InfluxClient, "query">,
  database: string,
): Promise<readonly Policy[] | null> {
  const databases = tableOf(await client.query("SHOW DATABASES"));
  if (!databases.some((row) => row["name"] === database)) return null;
  const rows = tableOf(await client.query(`SHOW RETENTION POLICIES ON "${database}"`));
  return rows.map((row) => ({
    name: String(row["name"]),
    durationMs: spanOf(String(row["duration"])),
  }));
}

/** A span of time of one policy, which can be deleted as a whole. */
export interface Shard {
  readonly id: number;
  readonly policy: string;
  readonly beginsAt: EpochMs;
  readonly endsAt: EpochMs;
}

/** The shards of the database, the oldest first; only an administrator may ask. */
export async function findShards(
  client: Pick<InfluxClient, "query">,
  database: string,
): Promise<readonly Shard[]> {
  return tableOf(await client.query("SHOW SHARDS"))
    .filter((row) => row["database"] === database)
    .map((row) => ({
      id: Number(row["id"]),
      policy: String(row["retention_policy"]),
      beginsAt: Date.parse(String(row["start_time"])),
      endsAt: Date.parse(String(row["end_time"])),
    }))
    .toSorted((a, b) => a.endsAt - b.endsAt);
}

/** The rows of an answer to a SHOW statement, by column. */
export function tableOf(
  answer: readonly (readonly Series[])[],
): readonly Readonly<Record<string, unknown>>[] {
  return answer.flatMap((series) =>
    series.flatMap(({ columns, values }) =>
      values.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
    ),
  );
}

/** From `2160h0m0s`. */
function spanOf(text: string): Ms {
  const [, hours = "0", minutes = "0", seconds = "0"] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1_000;
}
