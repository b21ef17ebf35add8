import type { EpochMs, MetricName } from "../../model/basics.ts";
import { type ControlEvent, defaultStepSettings } from "../../model/control.ts";
import type { AnomalyEpisode, DeviceView } from "../../model/detection.ts";
import { bareMetric, type Device, type DeviceProfile } from "../../model/device.ts";
import { canonicalUnit, standardUnitOf } from "../../model/units.ts";
import { createDetectionJob } from "../jobs/detection-job.ts";
import { judgeRow, storedUnit } from "../recording/judge-row.ts";
import { isRecorded, type Recording } from "../recording/recording.ts";

/** A recording as the product would have known it, row by row. */
export interface Watched {
  readonly device: Device;
  readonly rows: readonly WatchedRow[];
  /** As they stood at the end; `episodesAt` gives them as they stood before. */
  readonly episodes: readonly AnomalyEpisode[];
}

export interface WatchedRow {
  readonly at: EpochMs;
  readonly values: ReadonlyMap<MetricName, number>;
  readonly view: DeviceView;
}

/**
 * Runs the stream job over these metrics of a recording, with rated limits where given: readings, views and episodes
 * are those of the live path.
 */
export async function watch(
  recording: Recording,
  asked: {
    readonly metrics: readonly MetricName[];
    readonly limits: Readonly<Record<MetricName, number>>;
  },
): Promise<Watched> {
  const job = createDetectionJob();
  const device = deviceOf(recording, asked);
  const unitOf = (metric: MetricName): string =>
    device.metrics[metric]?.unit ?? standardUnitOf(metric);
  let state = job.initial(device.deviceId);
  for (const control of beginning(device))
    state = job.step(state, { kind: "control", control }).state;
  const rows: WatchedRow[] = [];
  const episodes = new Map<string, AnomalyEpisode>();
  for await (const row of recording.everyRow()) {
    if (!isRecorded(row)) continue;
    const judged = judgeRow(row.wire, unitOf);
    if (!judged.ok) continue;
    const kept = [...judged.reading.values].filter(([metric]) => asked.metrics.includes(metric));
    const reading = { ...judged.reading, values: new Map(kept), faults: null, qualities: null };
    const done = job.step(state, { kind: "reading", reading });
    state = done.state;
    for (const episode of done.out.episodes) episodes.set(episode.episodeId, episode);
    const view = job.view(state);
    if (view !== null) rows.push({ at: reading.measuredAt, values: reading.values, view });
  }
  return { device, rows, episodes: [...episodes.values()] };
}

/** Episodes as they stood at a moment: what came later is not known, what ended later is open. */
export function episodesAt(
  episodes: readonly AnomalyEpisode[],
  now: EpochMs,
): readonly AnomalyEpisode[] {
  return episodes
    .filter(({ startedAt }) => startedAt <= now)
    .map((episode) => {
      const { endedAt } = episode;
      return { ...episode, endedAt: endedAt !== null && endedAt <= now ? endedAt : null };
    });
}

function deviceOf(
  { map }: Recording,
  asked: {
    readonly metrics: readonly MetricName[];
    readonly limits: Readonly<Record<MetricName, number>>;
  },
): Device {
  const specs = asked.metrics.map((metric) => {
    const declared = canonicalUnit(map.metrics[metric]?.unit ?? standardUnitOf(metric)) ?? "1";
    const spec = { ...bareMetric(storedUnit(metric, declared)), hh: asked.limits[metric] ?? null };
    return [metric, spec] as const;
  });
  return {
    deviceId: typeof map.device === "string" ? map.device : "DEVICE_01",
    deviceName: "recorded",
    deviceType: "recorded",
    factoryId: "recording",
    lineId: "recording",
    location: null,
    model: null,
    manufacturer: null,
    installDate: null,
    criticality: "B",
    metrics: Object.fromEntries(specs),
    mode: "RUNNING",
    modeSource: "recording",
    modeSince: 0,
    autoRegistered: false,
    configVersion: 1,
    createdAt: 0,
    updatedAt: 0,
  };
}

function beginning(device: Device): readonly ControlEvent[] {
  const profile: DeviceProfile = device;
  return [
    { type: "settings", version: 0, at: 0, settings: defaultStepSettings },
    { type: "device", version: 0, at: 0, profile },
  ];
}
