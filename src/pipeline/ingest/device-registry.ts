import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { DeviceId, MetricName } from "../../model/basics.ts";
import type { Device, DeviceInput, MetricSpec, OperatingMode } from "../../model/device.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { definedOf, describe, profileOf, selfRegistered } from "./device-forms.ts";

export interface DeviceRegistryDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Told of each device that is new or has changed. */
  readonly onChange: (device: Device) => void;
}

/** What a first reading tells about an unknown device. */
export interface DeviceHints {
  readonly deviceId: DeviceId;
  readonly factoryId: string | null;
  readonly lineId: string | null;
  readonly metrics: Readonly<Record<MetricName, MetricSpec>>;
}

export interface ModeChange {
  readonly actor: string;
  readonly source: string;
  readonly reason: string | null;
}

/**
 * The plant's devices, in memory for ingest and in the records for ever. Every change travels through the control
 * journal, so that the steps learn of it at one place of the log.
 */
export interface DeviceRegistry {
  find(deviceId: DeviceId): Device | null;
  list(): readonly Device[];
  /** Registers devices that sent a reading before anybody described them, all in one transaction. */
  ensure(unknown: readonly DeviceHints[]): Promise<void>;
  /** Adds metrics that a registered device began to send. */
  learnMetrics(
    deviceId: DeviceId,
    metrics: Readonly<Record<MetricName, MetricSpec>>,
  ): Promise<void>;
  /** Creates a device, or completes one that registered itself; CONFLICT when a person described it before. */
  put(
    input: DeviceInput,
    actor: string,
  ): Promise<{ readonly device: Device; readonly created: boolean }>;
  patch(deviceId: DeviceId, patch: Partial<DeviceInput>, actor: string): Promise<Device>;
  setMode(deviceId: DeviceId, mode: OperatingMode, by: ModeChange): Promise<Device>;
  /** Takes over what other processes changed in the records. */
  refresh(): Promise<void>;
}

export async function openDeviceRegistry(deps: DeviceRegistryDeps): Promise<DeviceRegistry> {
  const rows = await deps.records.read((tx) => tx.list("device_registry", {}));
  return new RecordedDeviceRegistry(deps, rows);
}

class RecordedDeviceRegistry implements DeviceRegistry {
  readonly #deps: DeviceRegistryDeps;
  readonly #devices: Map<DeviceId, Device>;
  /** Version up to which the records were read; own changes do not move it. */
  #seenTo: number;

  constructor(deps: DeviceRegistryDeps, rows: readonly Device[]) {
    this.#deps = deps;
    this.#devices = new Map(rows.map((row) => [row.deviceId, row]));
    this.#seenTo = newestOf(rows, 0);
  }

  find(deviceId: DeviceId): Device | null {
    return this.#devices.get(deviceId) ?? null;
  }

  list(): readonly Device[] {
    return [...this.#devices.values()];
  }

  async ensure(unknown: readonly DeviceHints[]): Promise<void> {
    const missing = unknown.filter((hints) => !this.#devices.has(hints.deviceId));
    if (missing.length === 0) return;
    const now = this.#deps.clock.now();
    const stored = await this.#store(async (tx) => {
      const devices: Device[] = [];
      for (const hints of missing) {
        // Another request may have registered it meanwhile: the row that stands wins.
        const known = await tx.find("device_registry", { deviceId: hints.deviceId });
        devices.push(known ?? (await this.#insert(tx, selfRegistered(hints, now))));
      }
      return devices;
    });
    this.#deps.log.info("device.auto_registered", {
      devices: stored.length,
      first: stored[0]?.deviceId,
    });
  }

  async learnMetrics(
    deviceId: DeviceId,
    metrics: Readonly<Record<MetricName, MetricSpec>>,
  ): Promise<void> {
    await this.#change(deviceId, (device) => ({
      ...device,
      metrics: { ...metrics, ...device.metrics },
    }));
  }

  async put(
    input: DeviceInput,
    actor: string,
  ): Promise<{ readonly device: Device; readonly created: boolean }> {
    const now = this.#deps.clock.now();
    let created = false;
    const [device] = await this.#store(async (tx) => {
      const known = await tx.find("device_registry", { deviceId: input.deviceId });
      if (known !== null && !known.autoRegistered) {
        throw new IaiError(
          "CONFLICT",
          `Cannot create device "${input.deviceId}": it exists, nothing was changed. Change it with PATCH`,
        );
      }
      created = known === null;
      const described = describe(input, known, now);
      const row =
        known === null ? await this.#insert(tx, described) : await this.#replace(tx, described);
      await this.#remember(tx, {
        deviceId: input.deviceId,
        actor,
        action: created ? "created" : "completed",
        reason: null,
      });
      return [row];
    });
    if (device === undefined)
      throw new IaiError(
        "INTERNAL",
        `Cannot create device "${input.deviceId}": nothing was stored`,
      );
    return { device, created };
  }

  async patch(deviceId: DeviceId, patch: Partial<DeviceInput>, actor: string): Promise<Device> {
    return this.#change(
      deviceId,
      (device) => ({
        ...device,
        ...definedOf(patch),
        deviceId,
        metrics: { ...device.metrics, ...patch.metrics },
        autoRegistered: false,
      }),
      { deviceId, actor, action: "edited", reason: null },
    );
  }

  async setMode(deviceId: DeviceId, mode: OperatingMode, by: ModeChange): Promise<Device> {
    const now = this.#deps.clock.now();
    return this.#change(
      deviceId,
      (device) => ({ ...device, mode, modeSource: by.source, modeSince: now }),
      { deviceId, actor: by.actor, action: `mode:${mode}`, reason: by.reason },
    );
  }

  async #change(
    deviceId: DeviceId,
    edit: (device: Device) => Device,
    history: HistoryNote | null = null,
  ): Promise<Device> {
    const [device] = await this.#store(async (tx) => {
      const known = await tx.find("device_registry", { deviceId });
      if (known === null)
        throw new IaiError(
          "NOT_FOUND",
          `Cannot change device "${deviceId}": it is not registered, nothing was changed`,
        );
      const row = await this.#replace(tx, edit(known));
      if (history !== null) await this.#remember(tx, history);
      return [row];
    });
    if (device === undefined)
      throw new IaiError("INTERNAL", `Cannot change device "${deviceId}": nothing was stored`);
    return device;
  }

  async refresh(): Promise<void> {
    // Versions are given in the order of the commits, so that nothing older can still come.
    const rows = await this.#deps.records.read((tx) =>
      tx.list("device_registry", { where: { configVersion: { gt: this.#seenTo } } }),
    );
    this.#seenTo = newestOf(rows, this.#seenTo);
    this.#take(rows);
  }

  /** Stores rows, then tells the log, then this process: a reading is never stamped with a version the log lacks. */
  async #store(
    work: (tx: RecordTransaction) => Promise<readonly Device[]>,
  ): Promise<readonly Device[]> {
    const devices = await this.#deps.records.transaction(work);
    await this.#deps.control.flush();
    this.#take(devices);
    return devices;
  }

  #take(devices: readonly Device[]): void {
    for (const device of devices) {
      const known = this.#devices.get(device.deviceId);
      if (known !== undefined && known.configVersion >= device.configVersion) continue;
      this.#devices.set(device.deviceId, device);
      this.#deps.onChange(device);
    }
  }

  async #insert(tx: RecordTransaction, device: Device): Promise<Device> {
    const row = await this.#versioned(tx, device);
    await tx.insert("device_registry", row);
    return row;
  }

  async #replace(tx: RecordTransaction, device: Device): Promise<Device> {
    const row = await this.#versioned(tx, { ...device, updatedAt: this.#deps.clock.now() });
    await tx.update("device_registry", { deviceId: row.deviceId }, row);
    return row;
  }

  async #versioned(tx: RecordTransaction, device: Device): Promise<Device> {
    const configVersion = await this.#deps.control.stage(tx, {
      type: "device",
      profile: profileOf(device),
    });
    return { ...device, configVersion };
  }

  async #remember(tx: RecordTransaction, note: HistoryNote): Promise<void> {
    const { deviceId, ...rest } = note;
    await tx.insert("history", {
      historyId: this.#deps.ids.next(),
      subject: "device",
      subjectId: deviceId,
      at: this.#deps.clock.now(),
      detail: {},
      ...rest,
    });
  }
}

function newestOf(rows: readonly Device[], known: number): number {
  return rows.reduce((newest, { configVersion }) => Math.max(newest, configVersion), known);
}

interface HistoryNote {
  readonly deviceId: DeviceId;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
}
