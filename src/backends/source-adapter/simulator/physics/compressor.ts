import { pow } from "../../../../kernel/dmath.ts";
import type { Body, Moment } from "./body.ts";
import { drag, drive } from "./drive.ts";
import { approach, createHeat } from "./heat.ts";
import { vibrate } from "./vibration.ts";

const rated = { temperatureC: 84, vibrationG: 0.34, pressureMpa: 0.78, flowM3h: 310 };
const motor = { currentA: 58, idleShare: 0.35, synchronousRpm: 3000, slip: 0.0123 };
/** Most that its screws can take in, over rated flow. */
const CAPACITY = 1.25;
/** The intake valve begins to close here and is closed BAND higher; over rated pressure. */
const SET = 0.97;
const BAND = 0.15;
/** (κ − 1) / κ of air. */
const ISENTROPIC = 0.2857;
const ATMOSPHERE_MPA = 0.101;
const RECEIVER_TAU_MS = 12_000;

/**
 * An oil-injected screw compressor on a net (ISO 1217, annex; Stosic, Screw Compressors):
 * - the net takes q = k p, its intake valve lets in what keeps the pressure within its band; the receiver stores, so that
 *   pressure follows with a lag (mass balance of the receiver);
 * - a leak of the net side takes air past it: the valve opens until it cannot open further, then pressure falls;
 * - gaps between worn rotors let compressed air back: less is delivered for the same work, and it is compressed twice;
 * - work is isentropic: ∝ p₁ q ((p₂/p₁)^((κ−1)/κ) − 1); the oil carries its heat to the cooler.
 */
export function createCompressor(): Body {
  const heat = createHeat({ riseK: rated.temperatureC - 22, tauMs: 240_000 });
  let pressure: number | null = null;
  return (moment) => {
    const { condition } = moment;
    const balance = balanceOf(moment);
    pressure = approach(pressure, balance.pressure, moment.elapsedMs, RECEIVER_TAU_MS);
    const work = balance.intake * specificWork(pressure);
    const process = 0.15 + 0.85 * work;
    const power = process * (1 + 0.4 * condition.overload) + drag(condition);
    const state = drive(motor, power, condition);
    const sources = { ratedG: rated.vibrationG, speedShare: state.speedShare, rotor: 0.8 };
    const gas = 0.6 + 0.4 * balance.intake;
    const vibration = vibrate({ ...sources, process: gas, bubbles: 0 }, condition);
    const friction = 0.12 * (1 + 2 * condition.bearingWear + condition.misalignment);
    return {
      values: {
        temperature: heat({
          power: friction + 0.88 * power * (1 + 0.35 * condition.internalLeak),
          conductance: 1 - 0.45 * condition.coolingLoss,
          ambientC: moment.ambientC,
          elapsedMs: moment.elapsedMs,
        }),
        vibration: vibration.levelG,
        pressure: rated.pressureMpa * pressure,
        current: state.currentA,
        flow: rated.flowM3h * balance.demand * pressure,
      },
      restless: { vibration: vibration.restless },
    };
  };
}

interface Balance {
  /** Pressure at which as much comes in as goes out. */
  readonly pressure: number;
  /** What the screws take in there. */
  readonly intake: number;
  /** What the net takes at rated pressure. */
  readonly demand: number;
}

function balanceOf({ load, condition }: Moment): Balance {
  const demand = load / (1 + 3 * condition.blockage);
  const leak = 0.7 * condition.sealLeak;
  const delivered = CAPACITY * (1 - 0.4 * condition.internalLeak);
  const offtake = demand + leak;
  // delivered × (1 − (p − SET) / BAND) = offtake × p
  const held = (delivered * (1 + SET / BAND)) / (offtake + delivered / BAND);
  if (held < SET) return { pressure: delivered / offtake, intake: CAPACITY, demand };
  return { pressure: held, intake: CAPACITY * (1 - (held - SET) / BAND), demand };
}

/** Work to compress a volume, over that at rated pressure. */
function specificWork(pressure: number): number {
  const ratio = (share: number): number => 1 + (share * rated.pressureMpa) / ATMOSPHERE_MPA;
  return (pow(ratio(pressure), ISENTROPIC) - 1) / ratedWork;
}

const ratedWork = pow(1 + rated.pressureMpa / ATMOSPHERE_MPA, ISENTROPIC) - 1;
