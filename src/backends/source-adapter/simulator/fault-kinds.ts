import type { MetricName, Ms } from "../../../model/basics.ts";
import { MINUTE, SECOND } from "../../../model/basics.ts";

/** What a fault of extent x (0 none … 1 full) does to one metric. */
export interface FaultEffect {
  /** The level becomes level × (1 + gain × x). */
  readonly gain: number;
  /** The noise becomes noise × (1 + roughness × x). */
  readonly roughness: number;
}

export interface FaultKind {
  readonly name: string;
  readonly title: string;
  /** Time from the first trace to full extent. */
  readonly growthMs: Ms;
  /** exponential: slow at first, then fast, as wear is; linear; sudden. */
  readonly growth: "exponential" | "linear" | "sudden";
  readonly effects: Readonly<Record<MetricName, FaultEffect>>;
  /** Sensor faults hold or remove one metric instead of changing the machine. */
  readonly sensor: "stuck" | "drift" | "loss" | null;
  readonly machines: readonly string[];
}

const effect = (gain: number, roughness = 0): FaultEffect => ({ gain, roughness });
const everyMachine = ["pump", "motor", "compressor", "fan"] as const;

const kind = (
  name: string,
  title: string,
  rest: Omit<FaultKind, "name" | "title" | "sensor"> & { sensor?: FaultKind["sensor"] },
): FaultKind => ({ sensor: null, name, title, ...rest });

/** Faults the model knows, with the signs that maintenance handbooks give for them. */
export const faultKinds: Readonly<Record<string, FaultKind>> = {
  bearing_wear: kind("bearing_wear", "Bearing wear", {
    growthMs: 4 * MINUTE,
    growth: "exponential",
    machines: everyMachine,
    effects: { vibration: effect(1.3, 3), temperature: effect(0.18) },
  }),
  imbalance: kind("imbalance", "Rotor imbalance", {
    growthMs: 45 * SECOND,
    growth: "exponential",
    machines: everyMachine,
    effects: { vibration: effect(1.6, 0.5) },
  }),
  misalignment: kind("misalignment", "Shaft misalignment", {
    growthMs: 3 * MINUTE,
    growth: "linear",
    machines: ["pump", "motor", "compressor"],
    effects: { vibration: effect(1.1, 0.5), temperature: effect(0.12), current: effect(0.06) },
  }),
  seal_leak: kind("seal_leak", "Seal leak", {
    growthMs: 3 * MINUTE,
    growth: "linear",
    machines: ["pump", "compressor"],
    effects: { pressure: effect(-0.45, 0.5), flow: effect(-0.3) },
  }),
  blockage: kind("blockage", "Blocked discharge", {
    growthMs: 2 * MINUTE,
    growth: "linear",
    machines: ["pump", "compressor"],
    effects: { flow: effect(-0.6), pressure: effect(0.35), current: effect(-0.08) },
  }),
  cavitation: kind("cavitation", "Cavitation", {
    growthMs: 90 * SECOND,
    growth: "linear",
    machines: ["pump"],
    effects: { vibration: effect(0.7, 9), pressure: effect(-0.12, 8), flow: effect(-0.1, 5) },
  }),
  overheating: kind("overheating", "Motor overheating", {
    growthMs: 3 * MINUTE,
    growth: "linear",
    machines: everyMachine,
    effects: { temperature: effect(0.7), current: effect(0.22, 0.5) },
  }),
  cooling_loss: kind("cooling_loss", "Loss of cooling", {
    growthMs: 4 * MINUTE,
    growth: "linear",
    machines: ["pump", "motor", "compressor"],
    effects: { temperature: effect(0.75) },
  }),
  sensor_stuck: kind("sensor_stuck", "Stuck sensor", {
    growthMs: SECOND,
    growth: "sudden",
    machines: everyMachine,
    effects: {},
    sensor: "stuck",
  }),
  sensor_drift: kind("sensor_drift", "Drifting sensor", {
    growthMs: 8 * MINUTE,
    growth: "linear",
    machines: everyMachine,
    effects: {},
    sensor: "drift",
  }),
  sensor_loss: kind("sensor_loss", "Lost sensor", {
    growthMs: SECOND,
    growth: "sudden",
    machines: everyMachine,
    effects: {},
    sensor: "loss",
  }),
};

/** Extent of a fault `sinceMs` after its first trace: 0–1. */
export function faultExtent(kindOfFault: FaultKind, sinceMs: Ms): number {
  if (sinceMs <= 0) return 0;
  const share = Math.min(1, sinceMs / kindOfFault.growthMs);
  switch (kindOfFault.growth) {
    case "sudden":
      return 1;
    case "linear":
      return share;
    case "exponential":
      // 20 times as much in the last tenth as in the first: a wear curve.
      return (Math.exp(3 * share) - 1) / (Math.exp(3) - 1);
  }
}
