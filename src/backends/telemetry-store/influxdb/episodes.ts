import type { AnomalyEpisode } from "../../../model/detection.ts";
import type { AnomalyQuery } from "../../../ports/telemetry-store.ts";
import type { InfluxClient, Series } from "./influx-client.ts";
import { floatOf, integerOf, stringOf, tagOf } from "./line-protocol.ts";
import { AGGREGATE_POLICY, EPISODES, from, within } from "./schema.ts";

/** Episodes fetched at a time. */
const PAGE = 5_000;

/**
 * The line of an episode: device, detector, condition and begin, which are what its id is made of, name the point.
 * `episode` holds it as a whole; the other fields are for queries and dashboards.
 */
export function lineOfEpisode(episode: AnomalyEpisode): string {
  const { deviceId, detector, condition, startedAt, endedAt, peakScore } = episode;
  const tags = `device_id=${tagOf(deviceId)},detector=${tagOf(detector)},condition=${tagOf(condition)}`;
  const fields = [
    `episode_id=${stringOf(episode.episodeId)}`,
    // A field cannot be taken away: while an episode lasts, an end that it may have had does not count.
    `lasts=${endedAt === null}`,
    ...(endedAt === null ? [] : [`ended_at=${integerOf(endedAt)}`]),
    ...(peakScore === null ? [] : [`peak_score=${floatOf(peakScore)}`]),
    `shadow=${episode.shadow}`,
    `episode=${stringOf(JSON.stringify(episode))}`,
  ];
  return `${EPISODES},${tags} ${fields.join(",")} ${startedAt}`;
}

/** Episodes that overlap [from, to), the earliest begin first, those of one begin by their id. */
export async function readEpisodes(
  query: AnomalyQuery,
  client: Pick<InfluxClient, "query">,
): Promise<AnomalyEpisode[]> {
  const found: AnomalyEpisode[] = [];
  const ask = async (begin: number, limit: string): Promise<AnomalyEpisode[]> => {
    const device = query.deviceId === null ? "" : `AND "device_id" = $device`;
    const text = `SELECT "episode" FROM ${from(AGGREGATE_POLICY, EPISODES)}
      WHERE ${within(begin, limit === "" ? begin + 1 : query.to)} ${device}
      AND ("lasts" = true OR "ended_at" >= ${Math.floor(query.from)}) ORDER BY time ASC ${limit}`;
    const params = query.deviceId === null ? {} : { device: query.deviceId };
    const [series = []] = await client.query(text, params);
    return series.flatMap(episodesOf);
  };
  for (let begin = 0; found.length < query.limit; ) {
    const page = Math.min(query.limit - found.length, PAGE);
    const some = await ask(begin, `LIMIT ${page}`);
    const last = some.at(-1);
    if (last === undefined || some.length < page) {
      found.push(...some);
      break;
    }
    // Which of several that began together are first is for us to say: take all of them.
    found.push(...some.filter(({ startedAt }) => startedAt < last.startedAt));
    found.push(...(await ask(last.startedAt, "")));
    begin = last.startedAt + 1;
  }
  return found.toSorted(byBeginThenId).slice(0, query.limit);
}

function episodesOf({ columns, values }: Series): AnomalyEpisode[] {
  const index = columns.indexOf("episode");
  return values.map((row): AnomalyEpisode => JSON.parse(String(row[index])));
}

function byBeginThenId(a: AnomalyEpisode, b: AnomalyEpisode): number {
  return a.startedAt - b.startedAt || (a.episodeId < b.episodeId ? -1 : 1);
}
