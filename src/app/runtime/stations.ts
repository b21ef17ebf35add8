import type { IaiError } from "../../kernel/errors.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import { createAlertService } from "../../pipeline/alert/alert-service.ts";
import { createNotificationOutbox } from "../../pipeline/alert/notification-outbox.ts";
import { createRuleService } from "../../pipeline/detect/rule-service.ts";
import { openControlJournal } from "../../pipeline/ingest/control-journal.ts";
import { type DeviceRegistry, openDeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { type Access, createAccess } from "../../present/access/access.ts";
import { createAuditLog } from "../../present/access/audit-log.ts";
import type { ApiServices } from "../../present/api/services.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";
import { createLiveHub } from "../../present/live/live-hub.ts";
import { encodeControl } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import { openInstallKeys } from "../install-secret.ts";
import { createAudience, placeOf } from "./audience.ts";
import { openDiagnosis } from "./diagnosis.ts";
import type { Foundation } from "./foundation.ts";
import { createSystemHealth } from "./health.ts";
import { openIngest } from "./ingest.ts";
import { runOutputs, runTicks } from "./loops.ts";
import { createStepCommands } from "./step-commands.ts";
import { settingsOf, stageSettings } from "./step-settings.ts";
import { remoteTelemetry, startStreamThread, startTelemetryThread } from "./threads.ts";

export interface StationDeps extends Foundation {
  readonly config: Config;
  readonly dir: DataDir;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly onFatal: (failure: IaiError) => void;
}

/** The stations at work, as the servers and the commands see them. */
export interface Stations {
  readonly services: ApiServices;
  readonly access: Access;
  readonly devices: DeviceRegistry;
  /** For whoever changes settings while IAI runs. */
  readonly stores: { readonly records: RecordStore; readonly control: ControlJournal };
  readonly onEvent: (listener: (event: LiveEvent) => void) => void;
}

/** Opens the stations in the order in which data flows and starts their loops. */
export async function openStations(deps: StationDeps): Promise<Stations> {
  const { records, bus, clock, ids, log, life, config } = deps;
  const live = createLiveHub({ clock });
  const audience = createAudience(live);
  const keys = await openInstallKeys(deps.dir.installSecret);
  const audit = createAuditLog({ records, clock, key: keys.audit });
  const access = createAccess({
    records,
    audit,
    clock,
    ids,
    log,
    signingKey: keys.signing,
    config: config.access,
  });
  const control = await openControlJournal({ records, bus, clock, encode: encodeControl });
  const devices = await openDeviceRegistry({
    records,
    control,
    clock,
    ids,
    log,
    onChange: (device) => audience.publish({ type: "device", device, ...placeOf(device) }),
  });
  await stageSettings({ records, control, settings: settingsOf(config) });

  const { ingest, quarantine, refuse } = await openIngest({ ...deps, devices, control, audience });
  const telemetryThread = startTelemetryThread(deps, { quarantine: refuse });
  life.own("telemetry thread", telemetryThread);
  const telemetry = remoteTelemetry(telemetryThread.calls);
  const outbox = createNotificationOutbox({ ...deps, config: config.notify, plant: config.plant });
  const alerts = createAlertService({
    ...deps,
    control,
    outbox,
    config: config.alert,
    onChange: (alert, change) =>
      audience.publish({ type: "alert", alert, change, ...placeOf(alert) }),
  });
  const makeDurable = (): Promise<void> =>
    records.transaction(async () => undefined, { durability: "full" });
  const { engine, thread } = startStreamThread(deps, makeDurable);
  life.own("stream thread", thread);
  const views = new Map<DeviceId, DeviceView>();
  const diagnosis = await openDiagnosis({
    ...deps,
    telemetry,
    engine,
    control,
    publish: (event) => audience.publish(event),
    placeOf: (deviceId) => placeOf(devices.find(deviceId)),
  });
  const rules = createRuleService({ records, control, clock, ids, log });
  await rules.announce();

  const onViews = (changed: readonly DeviceView[]): void => {
    for (const view of changed) {
      views.set(view.deviceId, view);
      const device = devices.find(view.deviceId);
      if (device !== null) audience.publish({ type: "state", device, view, ...placeOf(device) });
    }
  };
  const apply: typeof alerts.apply = async (output) => {
    await alerts.apply(output);
    outbox.wake();
    diagnosis.agent.wake();
  };
  life.run(
    "outputs",
    (signal) => runOutputs({ engine, telemetry, apply, onViews, log, clock }, signal),
    deps.onFatal as (failure: unknown) => void,
  );
  life.run(
    "ticks",
    (signal) => runTicks(bus, clock, signal),
    deps.onFatal as (failure: unknown) => void,
  );
  life.run(
    "diagnosis",
    (signal) => diagnosis.agent.run(signal),
    deps.onFatal as (failure: unknown) => void,
  );
  life.run(
    "notifications",
    (signal) => outbox.run(signal),
    deps.onFatal as (failure: unknown) => void,
  );
  life.run("shelving", (signal) => alerts.run(signal), deps.onFatal as (failure: unknown) => void);

  const health = createSystemHealth({
    bus,
    records,
    engine,
    archiveProgress: () => telemetry.progress(),
    pendingDiagnoses: () => diagnosis.agent.pending(),
    pendingNotifications: () => outbox.pending(),
    clock,
    dir: deps.dir,
  });
  const services: ApiServices = {
    clock,
    ids,
    log,
    records,
    telemetry,
    ingest,
    devices,
    alerts,
    rules,
    quarantine,
    access,
    audit,
    health,
    live,
    orders: diagnosis.orders,
    knowledge: diagnosis.knowledge,
    steps: createStepCommands({ records, control, ids, clock }),
    view: async (deviceId) => views.get(deviceId) ?? engine.view(deviceId),
    views: () => views,
    forecast: async () => ({
      forecast: null,
      reason: "no method with proven skill is installed for this type of device",
    }),
  };
  return { services, access, devices, stores: { records, control }, onEvent: audience.onEvent };
}
