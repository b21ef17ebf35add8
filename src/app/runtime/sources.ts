import { createRandom } from "../../kernel/random.ts";
import { createWakeUp, type WakeUp } from "../../kernel/wake-up.ts";
import { type EpochMs, type Ms, SECOND } from "../../model/basics.ts";
import type { SourceRow } from "../../model/records.ts";
import type { DeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import type { ReadingSink, SourceState } from "../../ports/source-adapter.ts";
import type { SourceService, SourceStatus } from "../../present/api/source-service.ts";
import { openInstallKeys } from "../install-secret.ts";
import { createSecretSeal } from "../sources/sealed-secrets.ts";
import { createSourceService } from "../sources/source-service.ts";
import type { WantedSource } from "../sources/source-slot.ts";
import { createSourceSupervisor, type SourceSupervisor } from "../sources/source-supervisor.ts";
import { readStored, type StoredDeps, wantedOf } from "../sources/stored-sources.ts";
import { listTold, tellStatuses } from "../sources/told-statuses.ts";
import type { StationDeps } from "./stations.ts";

/** How long a change of another process may stay unseen. */
const LOOK_EVERY_MS: Ms = SECOND;

/**
 * Keeps the sources of the configuration file and of the records running, in the process that takes readings, and
 * gives everybody else the way to change them.
 */
export async function startSources(
  deps: StationDeps,
  { sink, devices }: { readonly sink: ReadingSink; readonly devices: DeviceRegistry },
): Promise<SourceService> {
  const { records, clock, log, life, config, dir, parts, isAlone } = deps;
  const { next: random } = createRandom(clock.now());
  const keys = await openInstallKeys(config.access.secretFile ?? dir.installSecret);
  const stored: StoredDeps = {
    ...{ dir, clock, log, environment: process.env },
    seal: createSecretSeal(keys.sources),
    filesFolder: dir.sourceFiles,
  };
  const supervisor = createSourceSupervisor({ sink, clock, log, random });
  const wakeUp = createWakeUp(clock);
  const onFailure = deps.onFatal as (failure: unknown) => void;
  if (parts.ingest) {
    const configured = deps.sources.map(configuredSource);
    const run = (signal: AbortSignal): Promise<void> =>
      keepSources({ ...deps, supervisor, wakeUp, stored, configured }, signal);
    life.run("sources", run, onFailure);
    if (!isAlone)
      life.run("source statuses", (signal) => tellStatuses(deps, supervisor, signal), onFailure);
  }
  return createSourceService({
    ...{ ...stored, records, config, find: devices.find.bind(devices) },
    configured: deps.sources.map((source) => source.config),
    statuses: () => allStatuses(deps, supervisor),
    wake: wakeUp.wake,
  });
}

/** It was opened at the start, which it would have stopped. */
function configuredSource({ config, adapter }: StationDeps["sources"][number]): WantedSource {
  return {
    name: config.name,
    kind: config.kind,
    origin: "configuration",
    enabled: true,
    revision: "configuration",
    open: async () => adapter,
  };
}

/** Follows the records until the signal aborts. While they are away what runs goes on. */
async function keepSources(
  deps: Pick<StationDeps, "records" | "clock" | "log"> & {
    readonly supervisor: SourceSupervisor;
    readonly wakeUp: WakeUp;
    readonly stored: StoredDeps;
    readonly configured: readonly WantedSource[];
  },
  signal: AbortSignal,
): Promise<void> {
  const { records, log, supervisor, wakeUp, configured } = deps;
  const own = new Set(configured.map(({ name }) => name));
  let trouble: string | null = null;
  supervisor.apply(configured);
  while (!signal.aborted) {
    try {
      const rows = await readStored(records);
      // The configuration file goes before: both of one name would be two clients of one name.
      const free = rows.filter(({ name }) => !own.has(name));
      if (!signal.aborted)
        supervisor.apply([...configured, ...free.map((row) => wantedOf(row, deps.stored))]);
      trouble = null;
    } catch (failure) {
      if (trouble === null) log.warn("sources.unknown", { error: String(failure) });
      trouble = String(failure);
    }
    await wakeUp.wait(LOOK_EVERY_MS, signal);
  }
  await supervisor.stop();
}

/** All sources as they should be, each as its process tells of it. */
async function allStatuses(
  { records, clock, sources, parts }: StationDeps,
  supervisor: SourceSupervisor,
): Promise<readonly SourceStatus[]> {
  const rows = await readStored(records);
  const told = parts.ingest ? new Map() : await listTold(records, clock.now());
  const names = new Set(sources.map(({ config }) => config.name));
  const since = clock.now();
  const expected = [
    ...sources.map(({ config }) => known({ ...config, enabled: true }, "configuration")),
    ...rows.filter(({ name }) => !names.has(name)).map((row) => known(row, "stored")),
  ];
  return expected.map((status): SourceStatus => {
    const { name, enabled } = status;
    if (!parts.ingest) return { ...status, ...told.get(name), enabled };
    // What was stored a moment ago is about to be opened.
    const found = supervisor.find(name) ?? { ...status, state: opening(since) };
    return { ...found, enabled };
  });
}

function opening(since: EpochMs): SourceState {
  const nothing = { lastError: null, lastValueAt: null, recoveries: 0, parts: [] };
  return { state: "connecting", since, ...nothing };
}

/** What is known of a source before anybody told how it stands. */
function known(
  { name, kind, enabled }: Pick<SourceRow, "name" | "kind" | "enabled">,
  origin: SourceStatus["origin"],
): SourceStatus {
  return {
    ...{ name, kind, enabled, origin },
    state: null,
    waitingFor: null,
    counters: { accepted: 0, duplicates: 0, rejected: 0, degraded: 0, byCode: {} },
    ratePerSecond: null,
    skews: [],
    troubles: [],
  };
}
