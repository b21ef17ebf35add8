import { systemClock } from "../../kernel/clock.ts";
import type { IaiError } from "../../kernel/errors.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import { runMinuteKeeper, type ToldMinute } from "../../pipeline/aggregate/minute-keeper.ts";
import {
  type ArchiveProgress,
  createTelemetryArchiver,
  type RefusedRecord,
} from "../../pipeline/archive/telemetry-archiver.ts";
import { runTelemetryMaintenance } from "../../pipeline/archive/telemetry-maintenance.ts";
import type { BusPosition, DeliveredRecord } from "../../ports/event-bus.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { decodeAggregateRecord } from "../../wire/aggregate-record.ts";
import { decodeStreamEvent } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import { openTelemetryStore } from "../registry.ts";
import type { Foundation } from "./foundation.ts";
import { remoteTelemetry, startTelemetryThread } from "./threads.ts";

export interface TelemetryDeps extends Foundation {
  readonly config: Config;
  readonly dir: DataDir;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly onFatal: (failure: IaiError) => void;
}

/** The telemetry of the plant as the other stations see it. */
export interface OpenTelemetry {
  readonly telemetry: TelemetryStore;
  /** What the archive of this process has done; null: another process archives. */
  readonly archived: () => Promise<ArchiveProgress | null>;
}

export interface ArchiveOptions {
  /** True: this process carries readings into the store. */
  readonly archive: boolean;
  /** Takes what the archive finds to be wrong after it was acknowledged. */
  readonly refuse: (refused: readonly RefusedRecord[]) => Promise<void>;
}

/** A store of our own works on a thread of its own, a server of others needs none. */
export async function openTelemetry(
  deps: TelemetryDeps,
  options: ArchiveOptions,
): Promise<OpenTelemetry> {
  if (deps.config.telemetryStore.kind === "embedded") {
    const thread = startTelemetryThread(deps, { quarantine: options.refuse });
    deps.life.own("telemetry thread", thread);
    const telemetry = remoteTelemetry(thread.calls, deps.durableLog.end);
    return { telemetry, archived: () => telemetry.progress() };
  }
  const telemetry = await openTelemetryStore(deps.config.telemetryStore, deps);
  deps.life.own("telemetry store", telemetry);
  if (!options.archive) return { telemetry, archived: async () => null };
  return { telemetry, archived: runArchive(deps, telemetry, options.refuse) };
}

/** A server keeps its retention by itself; this only tells it. */
const MAINTAIN_EVERY_MS = 60_000;

/** The minutes that the jobs inside Flink compute. */
function startMinutes(deps: TelemetryDeps, telemetry: TelemetryStore): void {
  const { bus, clock, log, life, onFatal } = deps;
  const rawEnds = async (): Promise<BusPosition> => {
    const ends = Object.entries((await bus.health()).end);
    return Object.fromEntries(ends.filter(([name]) => name.startsWith("raw_sensor_data-")));
  };
  const decode = ({ key, value }: DeliveredRecord): ToldMinute => ({
    deviceId: key,
    ...decodeAggregateRecord(key, Buffer.from(value).toString("utf8")),
  });
  const keeper = { bus, telemetry, clock, log, rawEnds, decode };
  const fail = onFatal as (failure: unknown) => void;
  life.run("minutes", (signal) => runMinuteKeeper(keeper, signal), fail);
}

/**
 * Where the store has the log from. A position beyond its end is that of another log: this data folder is new, the
 * server is not. Then everything is offered, and what the store has already counts as a duplicate.
 */
function positionIn(
  { bus, durableLog, log }: TelemetryDeps,
  telemetry: TelemetryStore,
): TelemetryStore["position"] {
  return async () => {
    const position = await telemetry.position();
    if (bus !== durableLog || (position?.["0"] ?? 0) <= durableLog.end()) return position;
    log.warn("archive.position.foreign", { position, logEnd: durableLog.end() });
    return null;
  };
}

function runArchive(
  deps: TelemetryDeps,
  telemetry: TelemetryStore,
  quarantine: ArchiveOptions["refuse"],
): () => Promise<ArchiveProgress> {
  const { bus, log, life, config, onFatal } = deps;
  const decode: Parameters<typeof createTelemetryArchiver>[0]["decode"] = (record) => {
    const event = decodeStreamEvent(record);
    return event.kind === "reading" ? event.reading : null;
  };
  const clock = systemClock;
  const archiver = createTelemetryArchiver({
    bus,
    telemetry: { write: telemetry.write, position: positionIn(deps, telemetry) },
    decode,
    quarantine,
    clock,
    log,
  });
  const maintenance = {
    telemetry,
    retention: () => config.retention,
    clock,
    log,
    intervalMs: MAINTAIN_EVERY_MS,
  };
  if (!telemetry.capabilities.aggregatesItself) startMinutes(deps, telemetry);
  life.run("archive", (signal) => archiver.run(signal), onFatal as (failure: unknown) => void);
  life.run(
    "retention",
    (signal) => runTelemetryMaintenance(maintenance, signal),
    () => undefined,
  );
  return async () => archiver.progress();
}
