import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { LoggedReading, TelemetryWriteResult } from "../../../ports/telemetry-store.ts";
import { flawOf, lineOf, pointOf, type RawPoint } from "./codec.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { InfluxClient } from "./influx-client.ts";
import type { Addition, MinuteBlock } from "./minute-block.ts";
import { type LineOutcome, writeLines } from "./point-writer.ts";
import type { RecentMinutes } from "./recent-minutes.ts";
import { RAW_POLICY } from "./schema.ts";

export interface ArchiveWriterDeps {
  readonly client: InfluxClient;
  readonly recent: RecentMinutes;
  readonly config: InfluxTelemetryConfig;
  readonly log: Log;
  /** Its minute may have to be written. */
  readonly onStored: (block: MinuteBlock) => void;
}

/** A point that is about to be written, and the readings that it says. */
interface StagedPoint {
  readonly point: RawPoint;
  readonly block: MinuteBlock;
  readonly additions: Addition[];
  readonly indexes: number[];
  /** Repeats of what is not stored yet: they share its fate. */
  readonly repeats: number[];
}

/**
 * Decides in memory what each reading is and writes what is new. InfluxDB overwrites a point of equal tags and time
 * without a word, so whatever differs from what is stored must be found before.
 */
export async function writeReadings(
  logged: readonly LoggedReading[],
  deps: ArchiveWriterDeps,
): Promise<TelemetryWriteResult> {
  const rejected: { readonly index: number; readonly error: IaiError }[] = [];
  const sound = logged.map(({ reading }, index) => {
    const flaw = flawOf(reading);
    if (flaw !== null) rejected.push({ index, error: rejectionOf(reading, flaw) });
    return flaw === null;
  });
  try {
    await deps.recent.load(logged.filter((_, index) => sound[index]).map(({ reading }) => reading));
  } catch (failure) {
    // Nothing was changed yet, so that everything can be offered again as it is.
    tell(failure, deps.log);
    return { accepted: 0, duplicates: 0, rejected: [], kept: logged.map((_, index) => index) };
  }
  const staged = new Map<MinuteBlock, Map<EpochMs, StagedPoint>>();
  const known: number[] = [];
  logged.forEach(({ reading }, index) => {
    if (!sound[index]) return;
    const outcome = stage(reading, index, { ...deps, staged });
    if (outcome === "conflict") rejected.push({ index, error: conflictOf(reading) });
    if (outcome === "duplicate") known.push(index);
  });
  const points = [...staged.values()].flatMap((instants) => [...instants.values()]);
  const lines = points.map(({ point }) => lineOf(point));
  const { outcomes, failure } = await writeLines(deps.client, RAW_POLICY, lines, deps.config);
  if (failure !== null) tell(failure, deps.log);
  return settle({ logged, points, outcomes, rejected, known }, deps);
}

function stage(
  reading: Reading,
  index: number,
  { recent, staged }: ArchiveWriterDeps & { staged: Map<MinuteBlock, Map<EpochMs, StagedPoint>> },
): "staged" | "duplicate" | "conflict" {
  const block = recent.blockOf(reading);
  const addition = block.put(reading);
  recent.touch(block);
  if (addition === "conflict") return addition;
  const instants = staged.get(block) ?? new Map<EpochMs, StagedPoint>();
  const before = instants.get(reading.measuredAt);
  if (addition === "duplicate") {
    before?.repeats.push(index);
    return before === undefined ? "duplicate" : "staged";
  }
  staged.set(block, instants);
  if (before === undefined) {
    const point = addition.isNewInstant ? pointOf(reading) : pointOfAddition(reading, addition);
    const fresh = { point, block, additions: [addition], indexes: [index], repeats: [] };
    instants.set(reading.measuredAt, fresh);
    return "staged";
  }
  before.additions.push(addition);
  before.indexes.push(index);
  extend(before.point, pointOfAddition(reading, addition));
  return "staged";
}

/** What a reading adds to an instant that is there already: its head and its metrics stay the first ones. */
function pointOfAddition(reading: Reading, addition: Addition): RawPoint {
  const { deviceId, measuredAt, seq, status, values } = reading;
  const added = addition.metrics.flatMap((metric) => {
    const value = values.get(metric);
    return value === undefined ? [] : [[metric, value] as const];
  });
  return {
    deviceId,
    measuredAt,
    receivedAt: null,
    configVersion: null,
    seq: addition.givesSeq ? seq : null,
    status: addition.givesStatus ? status : null,
    values: new Map(added),
    marks: addition.marks,
  };
}

function extend(point: RawPoint, added: RawPoint): void {
  for (const [metric, value] of added.values) point.values.set(metric, value);
  point.seq ??= added.seq;
  point.status ??= added.status;
  point.marks = added.marks ?? point.marks;
}

interface Answered {
  readonly logged: readonly LoggedReading[];
  readonly points: readonly StagedPoint[];
  readonly outcomes: readonly LineOutcome[];
  readonly rejected: { readonly index: number; readonly error: IaiError }[];
  /** Readings that were stored before this write. */
  readonly known: readonly number[];
}

/** What became of every reading; memory forgets what the server did not take. */
function settle(answered: Answered, { recent, onStored }: ArchiveWriterDeps): TelemetryWriteResult {
  const { logged, points, outcomes, rejected, known } = answered;
  const kept: number[] = [];
  let accepted = 0;
  let duplicates = known.length;
  points.forEach(({ block, additions, indexes, repeats }, i) => {
    const outcome = outcomes[i] ?? "kept";
    if (outcome === "stored") {
      accepted += indexes.length;
      duplicates += repeats.length;
      onStored(block);
      return;
    }
    for (const addition of additions.toReversed()) block.retract(addition);
    recent.touch(block);
    const all = [...indexes, ...repeats];
    if (outcome === "kept") kept.push(...all);
    else {
      for (const index of all) {
        const reading = logged[index]?.reading;
        if (reading !== undefined)
          rejected.push({ index, error: rejectionOf(reading, outcome.refused) });
      }
    }
  });
  // Repeats come after a crash too, perhaps one between a reading and its minute.
  for (const index of known) {
    const reading = logged[index]?.reading;
    if (reading !== undefined) onStored(recent.blockOf(reading));
  }
  rejected.sort((a, b) => a.index - b.index);
  kept.sort((a, b) => a - b);
  return { accepted, duplicates, rejected, kept };
}

function tell(failure: unknown, log: Log): void {
  if (!(failure instanceof IaiError)) throw failure;
  log.warn("telemetry.write.failed", { code: failure.code, error: failure.message });
}

function rejectionOf({ deviceId, measuredAt }: Reading, reason: string): IaiError {
  const message = `Cannot store the reading of "${deviceId}" at ${measuredAt}: ${reason}, nothing of it was stored`;
  return new IaiError("TELEMETRY_REJECTED", message, { data: { deviceId, measuredAt } });
}

function conflictOf({ deviceId, measuredAt }: Reading): IaiError {
  const message = `Cannot store the reading of "${deviceId}" at ${measuredAt}: another value is stored for this time, the first was kept`;
  return new IaiError("DUPLICATE_CONFLICT", message, { data: { deviceId, measuredAt } });
}
