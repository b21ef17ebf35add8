import { hasCheckpoints } from "../../backends/stream-engine/embedded/checkpoints.ts";
import type { IaiError } from "../../kernel/errors.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import { MINUTES_GROUP } from "../../pipeline/aggregate/minute-keeper.ts";
import { ARCHIVE_GROUP } from "../../pipeline/archive/telemetry-archiver.ts";
import { createRuleService } from "../../pipeline/detect/rule-service.ts";
import { openControlJournal } from "../../pipeline/ingest/control-journal.ts";
import { type DeviceRegistry, openDeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import { type Access, createAccess } from "../../present/access/access.ts";
import { type AuditLog, createAuditLog } from "../../present/access/audit-log.ts";
import type { ApiServices } from "../../present/api/services.ts";
import { createLiveHub } from "../../present/live/live-hub.ts";
import { encodeControl } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import { openInstallKeys } from "../install-secret.ts";
import { createDetectionJob } from "../jobs/detection-job.ts";
import { openTracing } from "../tracing/open-tracing.ts";
import { type Alarms, openAlarms } from "./alarms.ts";
import { type Audience, createAudience, placeOf } from "./audience.ts";
import { createBacktests } from "./backtests.ts";
import { keepCopies } from "./copies.ts";
import { type Diagnosis, openDiagnosis } from "./diagnosis.ts";
import { openEngine } from "./engine.ts";
import { openForecasts } from "./forecasts.ts";
import type { Foundation } from "./foundation.ts";
import { createSystemHealth } from "./health.ts";
import { stageInForce } from "./in-force.ts";
import { openIngest } from "./ingest.ts";
import { createViews } from "./loops.ts";
import type { Parts } from "./parts.ts";
import { startSources } from "./sources.ts";
import { startLoops } from "./station-loops.ts";
import { createStepCommands } from "./step-commands.ts";
import { settingsOf, stageSettings } from "./step-settings.ts";
import { type OpenTelemetry, openTelemetry } from "./telemetry.ts";

export interface StationDeps extends Foundation {
  readonly config: Config;
  readonly dir: DataDir;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly parts: Parts;
  /** False: other processes work on the same records, and their changes are looked for. */
  readonly isAlone: boolean;
  readonly onFatal: (failure: IaiError) => void;
}

/** The stations at work, as the servers and the commands see them. */
export interface Stations {
  readonly services: ApiServices;
  readonly access: Access;
  readonly devices: DeviceRegistry;
  /** For whoever changes settings while IAI runs. */
  readonly stores: { readonly records: RecordStore; readonly control: ControlJournal };
  readonly onEvent: Audience["onEvent"];
}

/** Opens the stations in the order in which data flows and starts their loops. */
export async function openStations(deps: StationDeps): Promise<Stations> {
  const { records, clock, ids, log } = deps;
  const live = createLiveHub({ clock });
  const audience = createAudience(live);
  const tracing = deps.life.own("tracing", await openTracing(deps));
  tracing.watch(audience);
  const { access, audit } = await openAccess(deps);
  const { control, devices } = await openRegistry(deps, audience);
  const rules = createRuleService({ ...deps, control, device: devices.find.bind(devices) });
  await tellSteps(deps, { control, devices });
  const ingest = await openIngest({ ...deps, devices, control, tracing });
  const { telemetry, archived } = await openTelemetry(deps, {
    archive: deps.parts.archive,
    refuse: ingest.refuse,
  });
  const engine = tracing.engine(await openEngine(deps));
  const notifiers = tracing.notifiers(deps.notifiers);
  const alarms = openAlarms({ ...deps, notifiers, control, audience });
  const views = createViews({ devices, audience });
  const copies = deps.config.cache.kind === "memory" ? null : keepCopies(audience, deps.cache);
  const diagnosis = await openDiagnosis({
    ...deps,
    telemetry,
    // The output that raised an alarm has brought the view of its device.
    view: async (deviceId) => views.all.get(deviceId) ?? (await engine.view(deviceId)),
    publish: audience.publish,
    placeOf: (deviceId) => placeOf(devices.find(deviceId)),
  });
  const { ingestor, quarantine } = ingest;
  const opened = { telemetry, engine, control, devices, quarantine, alarms, diagnosis };
  startLoops({ ...deps, ...opened, views, audience });
  const sources = await startSources(deps, { sink: ingestor, devices });
  const steps = createStepCommands({ records, control, ids, clock });
  // Sent views are sampled: who asks for one device gets how it stands now.
  const view: ApiServices["view"] = async (id) =>
    (await engine.view(id)) ?? views.all.get(id) ?? (await copies?.view(id)) ?? null;
  const services: ApiServices = {
    clock,
    ids,
    log,
    records,
    devices,
    rules,
    access,
    audit,
    live,
    telemetry,
    ingest: ingestor,
    quarantine,
    alerts: alarms.alerts,
    orders: diagnosis.orders,
    agents: diagnosis.agent,
    ask: diagnosis.ask,
    knowledge: diagnosis.knowledge,
    learning: diagnosis.learning,
    backtest: createBacktests(deps.config, deps.life.signal),
    steps,
    sources,
    health: healthOf(deps, { engine, archived, alarms, diagnosis, ingest }),
    view,
    views: () => views.all,
    ...openForecasts({ ...deps, telemetry, devices, view, steps }),
  };
  return { services, access, devices, stores: { records, control }, onEvent: audience.onEvent };
}

/** What decides in the steps: only what changed, or all of it when they begin without their memory. */
async function tellSteps(
  { records, config, dir }: StationDeps,
  { control, devices }: { readonly control: ControlJournal; readonly devices: DeviceRegistry },
): Promise<void> {
  const settings = settingsOf(config);
  await stageSettings({ records, control, settings });
  const { name, stateVersion } = createDetectionJob();
  if (hasCheckpoints(dir.checkpoints, name, stateVersion)) return;
  await stageInForce({ records, control, settings, devices: devices.list() });
}

async function openAccess({
  records,
  clock,
  ids,
  log,
  dir,
  config,
}: StationDeps): Promise<{ readonly access: Access; readonly audit: AuditLog }> {
  const keys = await openInstallKeys(config.access.secretFile ?? dir.installSecret);
  const audit = createAuditLog({ records, clock, key: keys.audit });
  return {
    audit,
    access: createAccess({
      records,
      audit,
      clock,
      ids,
      log,
      signingKey: keys.signing,
      config: config.access,
    }),
  };
}

async function openRegistry(
  { records, durableLog, clock, ids, log }: StationDeps,
  audience: Audience,
): Promise<{ readonly control: ControlJournal; readonly devices: DeviceRegistry }> {
  const control = await openControlJournal({
    records,
    bus: durableLog,
    clock,
    encode: encodeControl,
  });
  const devices = await openDeviceRegistry({
    records,
    control,
    clock,
    ids,
    log,
    onChange: (device) => audience.publish({ type: "device", device, ...placeOf(device) }),
  });
  return { control, devices };
}

function healthOf(
  deps: StationDeps,
  {
    engine,
    archived,
    alarms,
    diagnosis,
    ingest,
  }: Pick<OpenTelemetry, "archived"> & {
    readonly engine: StreamEngine;
    readonly alarms: Alarms;
    readonly diagnosis: Diagnosis;
    readonly ingest: { readonly ingestor: ApiServices["ingest"] };
  },
): ApiServices["health"] {
  return createSystemHealth({
    ...deps,
    engine,
    archived,
    archiveLag: async () => {
      if (deps.bus !== deps.durableLog) return deps.lag(ARCHIVE_GROUP, ["raw_sensor_data"]);
      const done = (await archived())?.next?.["0"] ?? 1;
      return Math.max(0, deps.durableLog.end() - done);
    },
    minutesLag: async () =>
      deps.bus === deps.durableLog ? 0 : await deps.lag(MINUTES_GROUP, ["aggregates"]),
    pendingDiagnoses: () => diagnosis.agent.pending(),
    pendingNotifications: () => alarms.outbox.pending(),
    acceptedReadings: () => ingest.ingestor.counters().accepted,
  });
}
