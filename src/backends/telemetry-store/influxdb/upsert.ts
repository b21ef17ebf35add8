import { IaiError } from "../../../kernel/errors.ts";
import type { AggregateRow } from "../../../model/aggregate.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { InfluxClient } from "./influx-client.ts";
import { flawOfMinute, lineOfMinute } from "./minute-rows.ts";
import { writeLines } from "./point-writer.ts";
import { AGGREGATE_POLICY } from "./schema.ts";

/** What is older than its policy would be deleted at once: as good as stored. */
export const isExpired = (reason: string): boolean => /beyond retention policy/.test(reason);

/** Stores lines of minutes or episodes; throws when one is not stored. */
export async function upsert(
  lines: readonly string[],
  client: Pick<InfluxClient, "write">,
  config: InfluxTelemetryConfig,
): Promise<void> {
  const { outcomes, failure } = await writeLines(client, AGGREGATE_POLICY, lines, config);
  if (failure !== null) throw failure;
  for (const outcome of outcomes) {
    if (typeof outcome === "string" || isExpired(outcome.refused)) continue;
    const message = `Cannot store a minute or an episode: ${outcome.refused}; the others are stored`;
    throw new IaiError("TELEMETRY_REJECTED", message);
  }
}

/** The line of a minute that somebody else made. */
export function soundLineOf(row: AggregateRow): string {
  const flaw = flawOfMinute(row);
  if (flaw === null) return lineOfMinute(row);
  const message = `Cannot store a minute of "${row.deviceId}" at ${row.minuteAt}: ${flaw}, no minute was stored`;
  throw new IaiError("TELEMETRY_REJECTED", message);
}
