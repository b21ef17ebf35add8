import { pow } from "../../../../kernel/dmath.ts";
import type { Body, Moment } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { createHeat } from "./heat.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 62, vibrationG: 0.26, pressureMpa: 0.62, flowLpm: 128 };
const motor = { currentA: 15.8, idleShare: 0.42, synchronousRpm: 1500, slip: 0.02 };
/** Head over rated head: H = H₀ s² − a q², and what the pipes need without any flow. */
const SHUTOFF = 1.25;
const CURVE = 0.25;
const STATIC = 0.3;

/**
 * A centrifugal pump against pipes with a control valve (Gülich, Centrifugal Pumps, chapters 4, 6 and 11):
 * - it works where its falling curve meets the rising one of the pipes, h = h_s + k q², k ∝ 1/load²;
 * - a blocked discharge multiplies k: less flow at more head;
 * - worn clearances and a leaking seal are a second way past the pipes, q_l = c √h: the impeller moves more than arrives;
 * - power of a radial wheel grows with its flow from 45 % at closed valve;
 * - cavitation begins where the suction head that is left (NPSHa) falls under 1.6 times the one required,
 *   NPSHr = 0.6 + 0.4 q²; at NPSHa = NPSHr 3–4 % of the head are gone (NPSH₃, ISO 9906);
 * - gas has no weight: without liquid there is neither head nor cooling, and the seal faces rub dry.
 */
export function createPump(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 180_000 });
  let inside = 1;
  return (moment) => {
    const { condition } = moment;
    const bubbles = vapour(condition.starvedSuction, inside);
    const liquid = 1 - 0.95 * condition.gas;
    const density = liquid * (1 - 0.2 * pow(bubbles, 4));
    const { flow, head, leak } = workingPoint(moment, density);
    inside = flow + leak;
    const process = (0.45 + 0.55 * inside) * (0.2 + 0.8 * density);
    const power = process * (1 + 0.6 * condition.overload) + drag(condition);
    const state = drive(motor, power, condition);
    // Away from its best point a wheel is hit by its own recirculation.
    const turbulence = 0.8 + 0.2 * inside + 0.9 * (1 - inside) * (1 - inside);
    const sources = { ratedG: rated.vibrationG, speedShare: state.speedShare, rotor: 1 };
    const vibration = vibrate({ ...sources, process: turbulence, bubbles }, condition);
    const restless = vibration.restless;
    const unsteady = 7 * bubbles + 3 * condition.gas * flow;
    return {
      values: {
        temperature: heat(heatOf(moment, state.losses, flow, leak)),
        vibration: vibration.levelG,
        pressure: rated.pressureMpa * head,
        current: state.currentA,
        flow: rated.flowLpm * flow,
      },
      restless: { vibration: restless, pressure: unsteady, flow: unsteady },
    };
  };
}

/** How far cavitation has gone, 0–1, from the suction head that is left. */
export function vapour(starvedSuction: number, flow: number): number {
  const available = 2 - 1.5 * starvedSuction;
  const required = 0.6 + 0.4 * flow * flow;
  return Math.min(1, Math.max(0, (1.6 - available / required) / 0.9));
}

interface WorkingPoint {
  readonly flow: number;
  readonly head: number;
  readonly leak: number;
}

/** Where the curve of the pump meets that of the pipes; all over rated. */
function workingPoint({ load, condition }: Moment, density: number): WorkingPoint {
  const shutoff = SHUTOFF * density;
  const pipes = ((1 - STATIC) / (load * load)) * (1 + 12 * condition.blockage);
  const gap = 0.45 * condition.internalLeak + 0.3 * condition.sealLeak;
  const arriving = (head: number): number => Math.sqrt(Math.max(0, head - STATIC) / pipes);
  let low = 0;
  let high = shutoff;
  // What flows off grows with the head, what the wheel delivers falls with it: halving finds where they meet.
  for (let n = 0; n < 30; n += 1) {
    const head = (low + high) / 2;
    const inside = arriving(head) + gap * Math.sqrt(head);
    if (shutoff - CURVE * inside * inside > head) low = head;
    else high = head;
  }
  return { head: low, flow: arriving(low), leak: gap * Math.sqrt(low) };
}

/** Bearing housing and seal: friction in, the pumped liquid and the air take it away. */
function heatOf(moment: Moment, losses: number, flow: number, leak: number) {
  const { condition, ambientC, elapsedMs } = moment;
  const bearing = 0.4 * (1 + 1.2 * condition.bearingWear + 0.6 * condition.misalignment);
  const rubbing = 0.6 * condition.overload + 1.2 * condition.gas + 0.25 * condition.sealLeak;
  // What circulates inside is heated again at every turn; only worn clearances send it round.
  const churning = 0.9 * leak * condition.internalLeak;
  const carried = 0.55 + 0.45 * Math.min(1, flow);
  return {
    power: bearing + 0.6 * losses + rubbing + churning,
    conductance: carried * (1 - 0.65 * condition.coolingLoss),
    ambientC,
    elapsedMs,
  };
}
