import { exp } from "../../../../kernel/dmath.ts";
import type { Body, Moment } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { createHeat } from "./heat.ts";
import { vapour } from "./pump.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 52, vibrationG: 0.3, pressureMpa: 16, flowLpm: 64 };
const motor = { currentA: 36, idleShare: 0.36, synchronousRpm: 1500, slip: 0.015 };
/** Most that the pump can deliver, over rated flow; it swivels back from SET on over BAND of rated pressure. */
const CAPACITY = 1.4133;
const SET = 0.95;
const BAND = 0.2;
/** What passes the gaps of a new pump. */
const NEW_GAPS = 0.06;
const THINNING_PER_K = 0.03;

/**
 * A pressure-controlled axial piston pump that feeds cylinders through valves (Merritt, Hydraulic Control Systems):
 * - flow through a valve is that of an orifice, q = k √p, k following the load;
 * - flow through gaps is laminar, q = c p / η (Hagen–Poiseuille), so that warm oil leaks more;
 * - the pump swivels back in a band of pressure; beyond its capacity the pressure falls;
 * - what does not move a load becomes heat in the tank; the cooler takes it.
 */
export function createHydraulicUnit(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 360_000 });
  let oilC = rated.temperatureC;
  let delivered = 1;
  return (moment) => {
    const { condition } = moment;
    const bubbles = vapour(condition.starvedSuction, delivered);
    const capacity = CAPACITY * (1 - 0.3 * bubbles);
    const point = workingPoint(
      moment,
      capacity,
      exp(-THINNING_PER_K * (oilC - rated.temperatureC)),
    );
    delivered = point.flow;
    const hydraulic = (point.pressure * (point.flow + point.gaps + point.leak)) / (1 + NEW_GAPS);
    const power = (0.1 + 0.9 * hydraulic) * (1 + 0.4 * condition.overload) + drag(condition);
    const state = drive(motor, power, condition);
    oilC = heat({
      power: tankHeat(point) + 0.35 * condition.overload,
      conductance: 1 - 0.45 * condition.coolingLoss,
      ambientC: moment.ambientC,
      elapsedMs: moment.elapsedMs,
    });
    const sources = { ratedG: rated.vibrationG, speedShare: state.speedShare, rotor: 0.6 };
    const process = 0.4 + 0.6 * point.pressure;
    const vibration = vibrate({ ...sources, process, bubbles }, condition);
    return {
      values: {
        temperature: oilC,
        vibration: vibration.levelG,
        pressure: rated.pressureMpa * point.pressure,
        current: state.currentA,
        flow: rated.flowLpm * point.flow,
      },
      restless: { vibration: vibration.restless, pressure: 8 * bubbles, flow: 6 * bubbles },
    };
  };
}

interface WorkingPoint {
  readonly pressure: number;
  readonly flow: number;
  readonly gaps: number;
  readonly leak: number;
}

/** Pressure at which the pump delivers what valves, gaps and leak take: a quadratic in √p. */
function workingPoint(
  { load, condition }: Moment,
  capacity: number,
  viscosity: number,
): WorkingPoint {
  const valves = load / (1 + 3 * condition.blockage);
  const gap = (NEW_GAPS + 0.55 * condition.internalLeak) / viscosity;
  const leak = 0.35 * condition.sealLeak;
  const swivel = capacity / BAND;
  let pressure = rootOf(swivel + gap, valves + leak, capacity * (1 + SET / BAND));
  if (pressure < SET) pressure = rootOf(gap, valves + leak, capacity);
  const root = Math.sqrt(pressure);
  return { pressure, flow: valves * root, gaps: gap * pressure, leak: leak * root };
}

/** p of a p + b √p = c. */
function rootOf(a: number, b: number, c: number): number {
  const root = (-b + Math.sqrt(b * b + 4 * a * c)) / (2 * a);
  return root * root;
}

/** All that passes the gaps and a quarter of what passes the valves, over rated. */
function tankHeat({ pressure, flow, gaps }: WorkingPoint): number {
  return (pressure * (0.25 * flow + gaps)) / (0.25 + NEW_GAPS);
}
