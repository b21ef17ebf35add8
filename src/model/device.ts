import type { ConfigVersion, DeviceId, EpochMs, MetricName, Ms } from "./basics.ts";

/** A: production stops; B: production suffers; C: nobody waits for it. */
export type Criticality = "A" | "B" | "C";

/** Operating mode of a machine; rules and baselines depend on it. */
export type OperatingMode =
  | "STOPPED"
  | "STARTING"
  | "RUNNING"
  | "STOPPING"
  | "STANDBY"
  | "MAINTENANCE"
  | "RETIRED";

/** The registry's status column, derived from the mode. */
export type RegistryStatus = "RUNNING" | "STOPPED" | "MAINTENANCE" | "RETIRED";

/** What is known of one metric of one device; null: not set. All numbers in `unit`. */
export interface MetricSpec {
  readonly unit: string;
  /** Sensor range: a value outside it is `bad`. */
  readonly min: number | null;
  readonly max: number | null;
  readonly ll: number | null;
  readonly l: number | null;
  readonly h: number | null;
  /** The rated maximum. */
  readonly hh: number | null;
  readonly deadband: number | null;
  /** Expected time between two values. */
  readonly periodMs: Ms | null;
}

/** The registry's description of a machine. */
export interface Device {
  readonly deviceId: DeviceId;
  readonly deviceName: string;
  readonly deviceType: string;
  readonly factoryId: string;
  readonly lineId: string;
  readonly location: string | null;
  readonly model: string | null;
  readonly manufacturer: string | null;
  /** YYYY-MM-DD. */
  readonly installDate: string | null;
  readonly criticality: Criticality;
  readonly metrics: Readonly<Record<MetricName, MetricSpec>>;
  readonly mode: OperatingMode;
  readonly modeSource: string;
  readonly modeSince: EpochMs;
  /** True while nobody has completed an automatically registered device. */
  readonly autoRegistered: boolean;
  /** Version of the last change of this device. */
  readonly configVersion: ConfigVersion;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/**
 * What a person says of a device; the registry adds the rest. `criticality` is B where it is not said, and
 * `metrics` holds whole specifications, which replace those of the same name.
 */
export type DeviceInput = Pick<
  Device,
  "deviceId" | "deviceName" | "deviceType" | "factoryId" | "lineId" | "metrics"
> & {
  readonly [F in "location" | "model" | "manufacturer" | "installDate" | "criticality"]?: Device[F];
};

/** What the pure steps know of a device; travels in the log's control events. */
export type DeviceProfile = Pick<
  Device,
  | "deviceId"
  | "deviceType"
  | "factoryId"
  | "lineId"
  | "criticality"
  | "metrics"
  | "mode"
  | "modeSource"
  | "modeSince"
>;

/** Rated-limit columns of the registry and the metric each of them limits (HH). */
export const ratedLimitMetrics = {
  ratedTempMax: "temperature",
  ratedVibrationMax: "vibration",
  ratedPressureMax: "pressure",
  ratedCurrentMax: "current",
} as const satisfies Record<string, MetricName>;

/** The registry status that a mode stands for. */
export function registryStatusOf(mode: OperatingMode): RegistryStatus {
  switch (mode) {
    case "STARTING":
    case "RUNNING":
    case "STOPPING":
      return "RUNNING";
    case "STOPPED":
    case "STANDBY":
      return "STOPPED";
    case "MAINTENANCE":
      return "MAINTENANCE";
    case "RETIRED":
      return "RETIRED";
  }
}

/** True when any metric has an alarm limit; without one a device is "not protected". */
export function isProtected(metrics: Readonly<Record<MetricName, MetricSpec>>): boolean {
  return Object.values(metrics).some(
    (spec) => spec.ll !== null || spec.l !== null || spec.h !== null || spec.hh !== null,
  );
}

/** A metric of which only the unit is known. */
export function bareMetric(unit: string): MetricSpec {
  return {
    unit,
    min: null,
    max: null,
    ll: null,
    l: null,
    h: null,
    hh: null,
    deadband: null,
    periodMs: null,
  };
}
