import { exp } from "../../../kernel/dmath.ts";
import type { Random } from "../../../kernel/random.ts";
import type { Ms } from "../../../model/basics.ts";
import type { SensorFault } from "./fault-kinds.ts";
import type { MetricModel } from "./machine-types.ts";

export interface SensorState {
  readonly fault: SensorFault | null;
  /** Size of the fault, 0–1. */
  readonly extent: number;
}

/** One measurement of a true level: the value shown, or null where none comes. */
export type Sensor = (
  level: number,
  restless: number,
  elapsedMs: Ms,
  state: SensorState,
) => number | null;

/** Half of the noise of recorded machines is remembered for some seconds; the rest is new every time. */
const MEMORY_MS: Ms = 8_000;
const HALF = Math.SQRT1_2;
/** Full drift, over the nominal level. */
const DRIFT = 0.25;
/** How often and how far a loose contact jumps. */
const SPIKE_SHARE = 0.04;
const SPIKE_SIZE = 0.8;

/** A sensor with its own noise. It draws the same numbers with and without a fault, so that twins stay twins. */
export function createSensor(model: MetricModel, random: Random, faultRandom: Random): Sensor {
  let remembered = random.normal();
  let shown: number | null = null;
  const scale = 10 ** model.decimals;
  return (level, restless, elapsedMs, { fault, extent }) => {
    const kept = exp(-elapsedMs / MEMORY_MS);
    remembered = remembered * kept + Math.sqrt(1 - kept * kept) * random.normal();
    const noise = model.noise * (1 + restless) * HALF * (remembered + random.normal());
    const value = Math.round((level + noise) * scale) / scale;
    if (fault === "loss") return null;
    if (fault === "stuck") {
      shown ??= value;
      return shown;
    }
    shown = fault === null ? value : Math.round(lie(value, fault, extent) * scale) / scale;
    return shown;
  };

  function lie(value: number, fault: "drift" | "spike", extent: number): number {
    if (fault === "drift") return value + DRIFT * extent * model.nominal;
    if (faultRandom.next() >= SPIKE_SHARE) return value;
    const direction = faultRandom.next() < 0.3 ? -1 : 1;
    return value + direction * SPIKE_SIZE * (0.5 + faultRandom.next()) * model.nominal;
  }
}
