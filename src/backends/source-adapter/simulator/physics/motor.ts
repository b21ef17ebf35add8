import type { Body } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { createHeat } from "./heat.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 71, vibrationG: 0.18 };
const motor = { currentA: 32, idleShare: 0.38, synchronousRpm: 1500, slip: 0.0133 };

/**
 * An induction motor that drives a conveyor: its torque follows the load. The winding's heat is that of its losses;
 * its fan, or the dirt between its fins, decides how fast it gets rid of it.
 */
export function createMotor(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 300_000 });
  return ({ load, condition, ambientC, elapsedMs }) => {
    const power = load * (1 + 0.5 * condition.overload) + drag(condition);
    const state = drive(motor, power, condition);
    const sources = { ratedG: rated.vibrationG, speedShare: state.speedShare, bubbles: 0 };
    const vibration = vibrate({ ...sources, process: power, rotor: 1 }, condition);
    const friction = 0.12 * (1 + 1.5 * condition.bearingWear + condition.misalignment);
    return {
      values: {
        temperature: heat({
          power: friction + 0.88 * state.losses,
          conductance: 1 - 0.6 * condition.coolingLoss,
          ambientC,
          elapsedMs,
        }),
        vibration: vibration.levelG,
        current: state.currentA,
        current_unbalance: state.unbalancePercent,
        speed: state.speedRpm,
      },
      restless: { vibration: vibration.restless },
    };
  };
}
