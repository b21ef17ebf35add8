import { IaiError } from "../../../kernel/errors.ts";
import { type EpochMs, isIdentifier, type MetricName } from "../../../model/basics.ts";
import type { AnomalyEpisode } from "../../../model/detection.ts";
import { type DetectedRow, detectRecording } from "../../recording/detect-recording.ts";
import { openRecording } from "../../recording/recording.ts";

export interface DetectRun {
  readonly file: string;
  readonly map: string;
  /** Wins over the map. */
  readonly device: string | null;
  readonly learnRows: number | null;
  /** One NDJSON line a row instead of one line an episode. */
  readonly rows: boolean;
  readonly json: boolean;
  /** Rated maximum per metric. */
  readonly limits: Readonly<Record<MetricName, number>>;
  readonly out: (line: string) => void;
}

export interface DetectCommandOptions {
  readonly file: string;
  readonly map: string;
  readonly device?: string;
  readonly learnRows?: string;
  readonly rows?: boolean;
  readonly limit?: readonly string[];
  readonly json?: boolean;
}

/** `iai detect` as the command line hands it over. */
export async function runDetectCommand(options: DetectCommandOptions): Promise<number> {
  // Whole buffers: a line a row through console.log costs more than the detectors.
  let waiting = "";
  const flush = (): void => {
    process.stdout.write(waiting);
    waiting = "";
  };
  const code = await runDetect({
    file: options.file,
    map: options.map,
    device: deviceOf(options.device),
    learnRows: learnRowsOf(options.learnRows),
    rows: options.rows === true,
    json: options.json === true,
    limits: limitsOf(options.limit ?? []),
    out: (line) => {
      waiting += `${line}\n`;
      if (waiting.length > 65_536) flush();
    },
  });
  flush();
  return code;
}

/** The detectors of the live path over a recording, offline: episodes, or with `rows` every data row. */
export async function runDetect(run: DetectRun): Promise<number> {
  const recording = await openRecording({ file: run.file, map: run.map, device: run.device });
  const manyDevices = run.device === null && typeof recording.map.device === "object";
  const open = new Map<string, AnomalyEpisode>();
  let rows = 0;
  for await (const row of detectRecording(recording, run)) {
    rows += 1;
    if (run.rows) {
      run.out(JSON.stringify(rowLine(row, manyDevices)));
      continue;
    }
    followPeak(open, row);
    for (const episode of row.episodes) {
      // What a baseline in the making would have raised is for its own page, it was never told.
      if (episode.shadow) continue;
      if (episode.endedAt === null) {
        open.set(episode.episodeId, episode);
        continue;
      }
      open.delete(episode.episodeId);
      run.out(episodeLine(episode, run.json));
    }
  }
  for (const episode of open.values()) run.out(episodeLine(episode, run.json));
  if (rows > 0) return 0;
  throw new IaiError("RECORDING_INVALID", `Cannot detect in "${run.file}": it has no data rows`);
}

/** An episode that outlasts the recording is printed with the worst that was seen of it. */
function followPeak(open: Map<string, AnomalyEpisode>, row: DetectedRow): void {
  for (const [id, episode] of open) {
    if (episode.condition !== "deviation" || episode.deviceId !== row.deviceId) continue;
    if (row.score === null || row.score <= (episode.peakScore ?? 0)) continue;
    open.set(id, { ...episode, peakScore: row.score, contributions: row.contributions });
  }
}

function rowLine(row: DetectedRow, manyDevices: boolean): Readonly<Record<string, unknown>> {
  return {
    row: row.row,
    ...(manyDevices ? { device_id: row.deviceId } : {}),
    timestamp: row.timestamp === null ? null : isoOf(row.timestamp),
    state: row.state,
    score: row.score,
    contributions: row.contributions,
    ...(row.rejected === null ? {} : { rejected: row.rejected }),
  };
}

function episodeLine(episode: AnomalyEpisode, json: boolean): string {
  const { deviceId, detector, condition, startedAt, endedAt, peakScore, contributions } = episode;
  if (json) {
    return JSON.stringify({
      device_id: deviceId,
      detector,
      condition,
      started_at: isoOf(startedAt),
      ended_at: endedAt === null ? null : isoOf(endedAt),
      peak_score: peakScore,
      contributions,
    });
  }
  const until = endedAt === null ? "still active".padEnd(24) : isoOf(endedAt);
  const causes = Object.entries(contributions)
    .filter(([, share]) => share >= 0.05)
    .sort(([, a], [, b]) => b - a)
    .map(([metric, share]) => `${metric} ${Math.round(share * 100)} %`);
  const peak = peakScore === null ? "" : `  peak ${peakScore.toFixed(2)}`;
  return `${deviceId}  ${condition}  ${isoOf(startedAt)}  ${until}${peak}  ${causes.join(", ")}`.trimEnd();
}

function isoOf(at: EpochMs): string {
  return new Date(at).toISOString();
}

function deviceOf(text: string | undefined): string | null {
  if (text === undefined || isIdentifier(text)) return text ?? null;
  throw new IaiError(
    "USAGE",
    `Cannot detect: --device must be an id of 1–50 characters, got "${text}"`,
  );
}

function learnRowsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 20 && rows <= 100_000) return rows;
  const allowed = "a whole number from 20 to 100000";
  throw new IaiError("USAGE", `Cannot detect: --learn-rows must be ${allowed}, got "${text}"`);
}

function limitsOf(texts: readonly string[]): Readonly<Record<MetricName, number>> {
  const limits: Record<MetricName, number> = {};
  for (const text of texts) {
    const [metric = "", value = ""] = text.split("=", 2);
    const limit = Number(value);
    if (!isIdentifier(metric) || value === "" || !Number.isFinite(limit)) {
      throw new IaiError("USAGE", `Cannot detect: --limit must be metric=value, got "${text}"`);
    }
    limits[metric] = limit;
  }
  return limits;
}
