import { statfs } from "node:fs/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { ArchiveProgress } from "../../pipeline/archive/telemetry-archiver.ts";
import type { BusPosition, EventBus } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import type { LanguageModelState } from "../../present/api/language-model-metrics.ts";
import type { DependencyHealth, StationState, SystemHealth } from "../../present/api/services.ts";
import type { DataDir } from "../data-dir.ts";
import { productVersion } from "../repository.ts";
import { createFlowRates } from "./flow-rate.ts";

export interface HealthDeps {
  /** False: one role of several. */
  readonly isAlone: boolean;
  readonly bus: EventBus;
  /** Records of the bus that the archive has still to store. */
  readonly archiveLag: () => Promise<number>;
  /** Minutes that were computed elsewhere and have still to be stored. */
  readonly minutesLag: () => Promise<number>;
  readonly records: RecordStore;
  readonly engine: StreamEngine;
  readonly languageModel: { state(): LanguageModelState | null };
  readonly archived: () => Promise<ArchiveProgress | null>;
  readonly pendingDiagnoses: () => Promise<number>;
  readonly pendingNotifications: () => Promise<number>;
  /** Readings that ingest made durable since the start. */
  readonly acceptedReadings: () => number;
  readonly clock: Clock;
  readonly dir: DataDir;
}

/** How IAI stands: ready, idle, and what each station has still to do. */
export function createSystemHealth(deps: HealthDeps): SystemHealth {
  const startedAt = deps.clock.now();
  const remembered = new Map<string, { ok: boolean; since: EpochMs; lastError: string | null }>();
  const check = async (
    name: string,
    probe: () => Promise<string | null>,
  ): Promise<DependencyHealth> => {
    const error = await probe().catch((failure: unknown) => String(failure));
    const ok = error === null;
    const known = remembered.get(name);
    const state =
      known !== undefined && known.ok === ok
        ? known
        : // What was there at the first look has been there since the start.
          { ok, since: ok && known === undefined ? startedAt : deps.clock.now(), lastError: null };
    state.lastError = error ?? known?.lastError ?? null;
    remembered.set(name, state);
    return { ...state };
  };
  const lags = (): Promise<Record<string, number>> => measureLags(deps);
  const rates = createFlowRates(deps.clock);

  return {
    version: productVersion,
    profile: deps.isAlone ? "embedded" : "cluster",
    startedAt,
    ready: async () => {
      const dependencies = {
        event_bus: await check(
          "event_bus",
          async () => (await deps.bus.health()).refusing?.detail ?? null,
        ),
        record_store: await check("record_store", () => passes(deps.records.health())),
        telemetry_store: await check("telemetry_store", () => passes(deps.archived())),
        stream_engine: await check("stream_engine", () => passes(deps.engine.lag())),
      };
      const ready = Object.values(dependencies).every((dependency) => dependency.ok);
      const model = deps.languageModel.state();
      if (model === null) return { ready, dependencies };
      // Told, but no reason to be not ready: without it rule reports are complete reports.
      const language_model = await check("language_model", async () => model.away?.reason ?? null);
      return { ready, dependencies: { ...dependencies, language_model } };
    },
    idle: async () => {
      const now = await lags();
      return { idle: Object.values(now).every((lag) => lag === 0), lags: now };
    },
    stations: async () => {
      const [waiting, done] = await Promise.all([lags(), measureTotals(deps)]);
      return Object.entries(done).map(([name, total]) =>
        stationOf(name, { lag: waiting[name] ?? 0, rate: rates.perSecond(name, total) }),
      );
    },
    storage: () => describeStorage(deps),
    languageModel: () => deps.languageModel.state(),
  };
}

/** Records that a station has still to work through; zero everywhere is idle. */
async function measureLags(deps: HealthDeps): Promise<Record<string, number>> {
  const [{ carrying }, archive, minutes, stream, diagnose, notify] = await Promise.all([
    deps.bus.health(),
    deps.archiveLag(),
    deps.minutesLag(),
    deps.engine.lag(),
    deps.pendingDiagnoses(),
    deps.pendingNotifications(),
  ]);
  return {
    // Accepted here and not yet where the others read it.
    ...(carrying === undefined ? {} : { carry: carrying.waiting }),
    archive,
    // Own minutes are computed where the raw readings are: the two are never apart.
    aggregate: archive + minutes,
    detect: stream.records,
    diagnose,
    notify,
  };
}

/** What each station has done so far, in the order of the flow: readings, records, reports, notifications. */
async function measureTotals(deps: HealthDeps): Promise<Record<string, number>> {
  const [bus, progress, stream, done] = await Promise.all([
    deps.bus.health(),
    deps.archived(),
    deps.engine.lag(),
    deps.records.read(async (tx) => ({
      reports: await tx.count("diagnosis_report", {}),
      delivered: await tx.count("outbox", {
        where: { kind: "notification", state: "DELIVERED" },
      }),
    })),
  ]);
  return {
    ingest: deps.acceptedReadings(),
    archive: progress?.archived ?? 0,
    aggregate: progress?.archived ?? 0,
    detect: Math.max(0, recordsBefore(bus.end) - stream.records),
    diagnose: done.reports,
    notify: done.delivered,
  };
}

/** Records of all partitions; the embedded log counts from 1. */
function recordsBefore(end: BusPosition): number {
  return (
    Object.values(end).reduce((sum, offset) => sum + offset, 0) - (end["0"] === undefined ? 0 : 1)
  );
}

function stationOf(name: string, now: { lag: number; rate: number | null }): StationState {
  const { lag, rate } = now;
  return {
    name,
    ratePerSecond: rate,
    lag,
    // Who has nothing to do is not late; how old the oldest waiting record is, the log does not tell.
    behindMs: lag === 0 ? 0 : null,
    state: lag > 100_000 ? "stuck" : lag > 5_000 ? "slow" : "ok",
    detail:
      lag > 5_000 ? `${lag} records wait here; if it does not fall, see the log of IAI` : null,
  };
}

async function describeStorage(deps: HealthDeps): ReturnType<SystemHealth["storage"]> {
  const disk = await statfs(deps.dir.root);
  const freeBytes = disk.bavail * disk.bsize;
  const [bus, records] = await Promise.all([deps.bus.health(), deps.records.health()]);
  return [
    { name: "log", bytes: bus.bytes, freeBytes, refusing: bus.refusing?.detail ?? null },
    { name: "records", bytes: records.bytes, freeBytes, refusing: null },
  ];
}

/** A probe that has nothing to say when it succeeds. */
async function passes(probe: Promise<unknown>): Promise<null> {
  await probe;
  return null;
}
