import { exp } from "../../../../kernel/dmath.ts";
import type { Body } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { createHeat } from "./heat.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 66, vibrationG: 0.42, pressureMpa: 0.24 };
const motor = { currentA: 84, idleShare: 0.33, synchronousRpm: 1500, slip: 0.011 };
/** Loss of viscosity of a mineral oil around its working temperature, 1/K (Vogel's law, made straight). */
const THINNING_PER_K = 0.03;

/**
 * A gear unit with forced lubrication and its motor:
 * - losses are those of the teeth, in proportion to load and friction, and of churning the oil, in proportion to its
 *   viscosity (ISO/TR 14179-1);
 * - the oil pump delivers a constant flow through bearings and nozzles: p ∝ √η between a gap (∝ η) and an orifice;
 * - flanks wear by Archard's law, depth ∝ load × sliding path; rougher flanks rub more and their error shakes the housing;
 * - lost oil leaves less to carry the heat, and the pump sucks air when its level is low.
 */
export function createGearbox(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 420_000 });
  let oilC = rated.temperatureC;
  return ({ load, condition, ambientC, elapsedMs }) => {
    const viscosity = exp(-THINNING_PER_K * (oilC - rated.temperatureC));
    const power =
      load * (1 + 0.5 * condition.overload) * (1 + 0.02 * condition.gearWear) + drag(condition);
    const state = drive(motor, power, condition);
    const teeth = 0.6 * power * (1 + 0.7 * condition.gearWear + 0.5 * condition.misalignment);
    const bearings = 0.2 * (1 + 1.8 * condition.bearingWear);
    const level = 1 - 0.8 * condition.sealLeak;
    oilC = heat({
      power: teeth + bearings + 0.2 * viscosity * level,
      conductance: (1 - 0.55 * condition.coolingLoss) * (0.5 + 0.5 * level),
      ambientC,
      elapsedMs,
    });
    const air = Math.max(0, 0.6 - level);
    const sources = { ratedG: rated.vibrationG, speedShare: state.speedShare, rotor: 0.6 };
    const vibration = vibrate({ ...sources, process: power, bubbles: 0 }, condition);
    return {
      values: {
        temperature: oilC,
        vibration: vibration.levelG,
        pressure:
          rated.pressureMpa * Math.sqrt(viscosity) * (1 - 1.6 * air) * (0.85 + 0.15 * level),
        current: state.currentA,
        speed: state.speedRpm,
      },
      restless: { vibration: vibration.restless, pressure: 20 * air },
    };
  };
}
