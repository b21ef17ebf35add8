import type { MetricName } from "../../../model/basics.ts";

/** How one metric of a healthy machine behaves, in the metric's unit. */
export interface MetricModel {
  readonly unit: string;
  /** Level at full load. */
  readonly nominal: number;
  /** Part of the level that follows the load, 0–1. */
  readonly loadShare: number;
  /** Standard deviation of the measurement. */
  readonly noise: number;
  /** Time constant with which the level follows; 0: at once. Heat is slow. */
  readonly inertiaMs: number;
  /** Rated maximum (HH). */
  readonly rated: number | null;
  /** Lowest allowed (LL). */
  readonly lowest: number | null;
  /** Decimals that the sensor shows. */
  readonly decimals: number;
}

export interface MachineType {
  readonly name: string;
  readonly title: string;
  readonly metrics: Readonly<Record<MetricName, MetricModel>>;
}

const metric = (
  unit: string,
  nominal: number,
  options: Partial<Omit<MetricModel, "unit" | "nominal">> = {},
): MetricModel => ({
  unit,
  nominal,
  loadShare: 0.3,
  noise: nominal * 0.01,
  inertiaMs: 0,
  rated: null,
  lowest: null,
  decimals: 2,
  ...options,
});

/** Machines of the simulated plant; levels are those of small industrial machines. */
export const machineTypes: Readonly<Record<string, MachineType>> = {
  pump: {
    name: "pump",
    title: "Centrifugal pump",
    metrics: {
      temperature: metric("°C", 62, { noise: 0.15, inertiaMs: 120_000, rated: 95 }),
      vibration: metric("g", 0.26, { loadShare: 0.15, noise: 0.006, rated: 0.5, decimals: 4 }),
      pressure: metric("MPa", 0.62, {
        loadShare: 0.2,
        noise: 0.005,
        rated: 0.9,
        lowest: 0.2,
        decimals: 4,
      }),
      current: metric("A", 15.8, { loadShare: 0.5, noise: 0.12, rated: 21 }),
      flow: metric("L/min", 128, { loadShare: 0.4, noise: 0.8, lowest: 60 }),
    },
  },
  motor: {
    name: "motor",
    title: "Induction motor",
    metrics: {
      temperature: metric("°C", 71, { noise: 0.15, inertiaMs: 180_000, rated: 110 }),
      vibration: metric("g", 0.18, { loadShare: 0.1, noise: 0.004, rated: 0.42, decimals: 4 }),
      current: metric("A", 32, { loadShare: 0.6, noise: 0.25, rated: 44 }),
      speed: metric("rpm", 1480, { loadShare: 0.01, noise: 1.5, decimals: 0 }),
    },
  },
  compressor: {
    name: "compressor",
    title: "Screw compressor",
    metrics: {
      temperature: metric("°C", 84, { noise: 0.2, inertiaMs: 150_000, rated: 110 }),
      vibration: metric("g", 0.34, { loadShare: 0.2, noise: 0.008, rated: 0.75, decimals: 4 }),
      pressure: metric("MPa", 0.78, {
        loadShare: 0.1,
        noise: 0.004,
        rated: 1.05,
        lowest: 0.4,
        decimals: 4,
      }),
      current: metric("A", 58, { loadShare: 0.5, noise: 0.4, rated: 75 }),
      flow: metric("m³/h", 310, { loadShare: 0.5, noise: 2.2, lowest: 120, decimals: 1 }),
    },
  },
  fan: {
    name: "fan",
    title: "Cooling fan",
    metrics: {
      temperature: metric("°C", 48, { noise: 0.15, inertiaMs: 90_000, rated: 80 }),
      vibration: metric("g", 0.22, { loadShare: 0.2, noise: 0.005, rated: 0.55, decimals: 4 }),
      current: metric("A", 9.4, { loadShare: 0.5, noise: 0.07, rated: 13 }),
      speed: metric("rpm", 960, { loadShare: 0.02, noise: 1.2, decimals: 0 }),
    },
  },
};
