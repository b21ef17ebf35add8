import type { MachineReading, Plant } from "../../backends/source-adapter/simulator/plant-model.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import { standardUnitOf } from "../../model/units.ts";
import type { HttpSender, WireReading } from "./http-sender.ts";
import { addAnswer, type Totals } from "./totals.ts";

const BATCH = 500;

/** Fields of a reading that stand beside `metrics`. */
const shorthands = new Set(["temperature", "vibration", "pressure", "current"]);

/** Wire form of a simulated reading; what is not in the unit that the metric usually has says its unit. */
export function wireOf(reading: MachineReading, seq: number): WireReading {
  const wire: Record<string, unknown> = {
    device_id: reading.deviceId,
    timestamp: reading.at,
    seq,
  };
  const metrics: Record<string, number> = {};
  const units: Record<string, string> = {};
  for (const [name, value] of Object.entries(reading.values)) {
    if (shorthands.has(name)) wire[name] = value;
    else metrics[name] = value;
    const unit = reading.machine.type.metrics[name]?.unit ?? "1";
    if (unit !== standardUnitOf(name)) units[name] = unit;
  }
  if (Object.keys(metrics).length > 0) wire["metrics"] = metrics;
  if (Object.keys(units).length > 0) wire["units"] = units;
  return wire;
}

export interface PlantRun {
  readonly plant: Plant;
  readonly sender: Pick<HttpSender, "send">;
  readonly clock: Clock;
  readonly from: EpochMs;
  /** Exclusive; Infinity: until the signal aborts. */
  readonly to: EpochMs;
  /** Time between two readings of a machine, in event time. */
  readonly stepMs: Ms;
  /** null: as fast as it is accepted. */
  readonly speed: number | null;
  readonly totals: Totals;
  readonly onStep: (at: EpochMs) => void;
  readonly signal: AbortSignal;
}

/** Sends a plant's readings from one event time to another. */
export async function sendPlant(run: PlantRun): Promise<void> {
  const begunAt = run.clock.monotonic();
  let waiting: WireReading[] = [];
  let seq = Math.floor(run.from / run.stepMs) % 1_000_000_000;
  const flush = async (): Promise<void> => {
    for (let start = 0; start < waiting.length; start += BATCH) {
      const part = waiting.slice(start, start + BATCH);
      addAnswer(run.totals, part.length, await run.sender.send(part));
    }
    waiting = [];
  };
  for (let at = run.from; at < run.to && !run.signal.aborted; at += run.stepMs) {
    if (run.speed !== null) {
      const waitMs = begunAt + (at - run.from) / run.speed - run.clock.monotonic();
      if (waitMs > 1) {
        await flush();
        await run.clock.sleep(waitMs, run.signal);
        if (run.signal.aborted) return;
      }
    }
    seq += 1;
    for (const reading of run.plant.read(at)) waiting.push(wireOf(reading, seq));
    if (waiting.length >= BATCH) await flush();
    run.onStep(at);
  }
  await flush();
}
