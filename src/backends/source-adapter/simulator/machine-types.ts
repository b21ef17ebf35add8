import type { MetricName } from "../../../model/basics.ts";
import type { Body } from "./physics/body.ts";
import { createCompressor } from "./physics/compressor.ts";
import { createFan } from "./physics/fan.ts";
import { createGearbox } from "./physics/gearbox.ts";
import { createHydraulicUnit } from "./physics/hydraulic-unit.ts";
import { createMotor } from "./physics/motor.ts";
import { createPump } from "./physics/pump.ts";

/** How one metric of a machine is measured, in the metric's unit. */
export interface MetricModel {
  readonly unit: string;
  /** Level of the sound machine at rated load in a hall of 22 °C. */
  readonly nominal: number;
  /** Standard deviation of the measurement on the sound machine. */
  readonly noise: number;
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
  /** Its physics, with the memory of one machine. */
  readonly createBody: () => Body;
}

const metric = (
  unit: string,
  nominal: number,
  noise: number,
  options: Partial<Pick<MetricModel, "rated" | "lowest" | "decimals">> = {},
): MetricModel => ({ unit, nominal, noise, rated: null, lowest: null, decimals: 2, ...options });

/** Machines of the simulated plant; levels are those of small industrial machines. */
export const machineTypes: Readonly<Record<string, MachineType>> = {
  pump: {
    name: "pump",
    title: "Centrifugal pump",
    createBody: createPump,
    metrics: {
      temperature: metric("°C", 62, 0.15, { rated: 95 }),
      vibration: metric("g", 0.26, 0.006, { rated: 0.5, decimals: 4 }),
      pressure: metric("MPa", 0.62, 0.005, { rated: 0.9, lowest: 0.2, decimals: 4 }),
      current: metric("A", 15.8, 0.12, { rated: 21 }),
      flow: metric("L/min", 128, 0.8, { lowest: 60 }),
    },
  },
  motor: {
    name: "motor",
    title: "Induction motor",
    createBody: createMotor,
    metrics: {
      temperature: metric("°C", 71, 0.15, { rated: 110 }),
      vibration: metric("g", 0.18, 0.004, { rated: 0.42, decimals: 4 }),
      current: metric("A", 32, 0.25, { rated: 44 }),
      current_unbalance: metric("%", 0.6, 0.08, { rated: 15 }),
      speed: metric("rpm", 1480, 1.2, { decimals: 0 }),
    },
  },
  compressor: {
    name: "compressor",
    title: "Screw compressor",
    createBody: createCompressor,
    metrics: {
      temperature: metric("°C", 84, 0.2, { rated: 110 }),
      vibration: metric("g", 0.34, 0.008, { rated: 0.75, decimals: 4 }),
      pressure: metric("MPa", 0.78, 0.004, { rated: 1.05, lowest: 0.4, decimals: 4 }),
      current: metric("A", 58, 0.4, { rated: 75 }),
      flow: metric("m³/h", 310, 2.2, { lowest: 120, decimals: 1 }),
    },
  },
  fan: {
    name: "fan",
    title: "Cooling fan",
    createBody: createFan,
    metrics: {
      temperature: metric("°C", 48, 0.15, { rated: 80 }),
      vibration: metric("g", 0.22, 0.005, { rated: 0.55, decimals: 4 }),
      pressure: metric("kPa", 1.6, 0.015, { rated: 2.4, decimals: 3 }),
      current: metric("A", 9.4, 0.07, { rated: 13 }),
      flow: metric("m³/h", 14_500, 110, { lowest: 6_000, decimals: 0 }),
      speed: metric("rpm", 960, 0.9, { decimals: 0 }),
    },
  },
  gearbox: {
    name: "gearbox",
    title: "Gear unit",
    createBody: createGearbox,
    metrics: {
      temperature: metric("°C", 66, 0.15, { rated: 95 }),
      vibration: metric("g", 0.42, 0.01, { rated: 1.1, decimals: 4 }),
      pressure: metric("MPa", 0.24, 0.002, { rated: 0.5, lowest: 0.12, decimals: 4 }),
      current: metric("A", 84, 0.6, { rated: 115 }),
      speed: metric("rpm", 1483, 1.1, { decimals: 0 }),
    },
  },
  hydraulic_unit: {
    name: "hydraulic_unit",
    title: "Hydraulic power unit",
    createBody: createHydraulicUnit,
    metrics: {
      temperature: metric("°C", 52, 0.12, { rated: 75 }),
      vibration: metric("g", 0.3, 0.007, { rated: 0.7, decimals: 4 }),
      pressure: metric("MPa", 16, 0.08, { rated: 21, lowest: 11 }),
      current: metric("A", 36, 0.3, { rated: 48 }),
      flow: metric("L/min", 64, 0.4, { lowest: 30 }),
    },
  },
};

export const machineTypeNames: readonly string[] = Object.keys(machineTypes);
