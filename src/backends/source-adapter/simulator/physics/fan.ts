import type { Body } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { createHeat } from "./heat.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 48, vibrationG: 0.22, pressureKpa: 1.6, flowM3h: 14_500 };
const motor = { currentA: 9.4, idleShare: 0.45, synchronousRpm: 1000, slip: 0.04 };
/** Pressure over rated: p = A s² − B q². */
const SHUTOFF = 1.4;
const CURVE = 0.4;

/**
 * A centrifugal fan in a duct (Eck, Fans): p = A s² − B q² meets the duct's p = k q², k ∝ 1/load². Dirt on the filter
 * multiplies k; dirt on the blades is mass out of balance, and a light wheel on a long shaft answers to it strongly.
 */
export function createFan(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 150_000 });
  let speedShare = 1;
  return ({ load, condition, ambientC, elapsedMs }) => {
    const duct = (1 / (load * load)) * (1 + 14 * condition.blockage);
    const flow = speedShare * Math.sqrt(SHUTOFF / (CURVE + duct));
    const pressure = duct * flow * flow;
    const process = 0.3 + 0.7 * pressure * flow;
    const power = process * (1 + 0.6 * condition.overload) + drag(condition);
    const state = drive(motor, power, condition);
    speedShare = state.speedShare;
    // Blades that get too little air stall in turns.
    const turbulence = 0.7 + 0.3 * flow + 0.6 * (1 - flow) * (1 - flow);
    const sources = { ratedG: rated.vibrationG, speedShare, bubbles: 0, rotor: 1.2 };
    const vibration = vibrate({ ...sources, process: turbulence }, condition);
    const friction =
      0.5 * (1 + 1.2 * condition.bearingWear + 0.6 * condition.imbalance) +
      0.7 * condition.overload;
    return {
      values: {
        temperature: heat({
          power: friction + 0.5 * state.losses,
          conductance: 1,
          ambientC,
          elapsedMs,
        }),
        vibration: vibration.levelG,
        pressure: rated.pressureKpa * pressure,
        current: state.currentA,
        flow: rated.flowM3h * flow,
        speed: state.speedRpm,
      },
      restless: { vibration: vibration.restless, pressure: 3 * Math.max(0, 0.7 - flow) },
    };
  };
}
