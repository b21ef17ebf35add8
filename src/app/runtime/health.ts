import { statfs } from "node:fs/promises";
import type { EmbeddedEventBus } from "../../backends/event-bus/embedded/embedded-event-bus.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { ArchiveProgress } from "../../pipeline/archive/telemetry-archiver.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import type { DependencyHealth, StationState, SystemHealth } from "../../present/api/services.ts";
import type { DataDir } from "../data-dir.ts";
import { productVersion } from "../repository.ts";

export interface HealthDeps {
  readonly bus: EmbeddedEventBus;
  readonly records: RecordStore;
  readonly engine: StreamEngine;
  readonly archiveProgress: () => Promise<ArchiveProgress>;
  readonly pendingDiagnoses: () => Promise<number>;
  readonly pendingNotifications: () => Promise<number>;
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
        : { ok, since: deps.clock.now(), lastError: null };
    state.lastError = error ?? known?.lastError ?? null;
    remembered.set(name, state);
    return { ...state };
  };
  const lags = (): Promise<Record<string, number>> => measureLags(deps);

  return {
    version: productVersion,
    profile: "embedded",
    startedAt,
    ready: async () => {
      const dependencies = {
        event_bus: await check(
          "event_bus",
          async () => (await deps.bus.health()).refusing?.detail ?? null,
        ),
        record_store: await check("record_store", () => passes(deps.records.health())),
        telemetry_store: await check("telemetry_store", () => passes(deps.archiveProgress())),
        stream_engine: await check("stream_engine", () => passes(deps.engine.lag())),
      };
      return {
        ready: Object.values(dependencies).every((dependency) => dependency.ok),
        dependencies,
      };
    },
    idle: async () => {
      const now = await lags();
      return { idle: Object.values(now).every((lag) => lag === 0), lags: now };
    },
    stations: async () => stationsOf(await lags()),
    storage: () => describeStorage(deps),
  };
}

/** Records that a station has still to work through; zero everywhere is idle. */
async function measureLags(deps: HealthDeps): Promise<Record<string, number>> {
  const end = (await deps.bus.health()).end["0"] ?? 1;
  const [progress, stream, diagnose, notify] = await Promise.all([
    deps.archiveProgress(),
    deps.engine.lag(),
    deps.pendingDiagnoses(),
    deps.pendingNotifications(),
  ]);
  const archive = Math.max(0, end - (progress.next?.["0"] ?? 1));
  return {
    archive,
    // Minutes are computed where the raw readings are: the two are never apart.
    aggregate: archive,
    detect: stream.records,
    diagnose,
    notify,
  };
}

function stationsOf(lags: Readonly<Record<string, number>>): readonly StationState[] {
  return Object.entries(lags).map(([name, lag]) => ({
    name,
    ratePerSecond: null,
    lag,
    behindMs: null,
    state: lag > 100_000 ? "stuck" : lag > 5_000 ? "slow" : "ok",
    detail:
      lag > 5_000 ? `${lag} records wait here; if it does not fall, see the log of IAI` : null,
  }));
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
