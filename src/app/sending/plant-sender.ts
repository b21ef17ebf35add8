import type { MachineReading, Plant } from "../../backends/source-adapter/simulator/plant-model.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import type { PlantPeer, PlantReading } from "./plant-peer.ts";
import { addAnswer, type Totals } from "./totals.ts";

const BATCH = 500;

export interface PlantRun {
  readonly plant: Plant;
  readonly peer: Pick<PlantPeer, "send">;
  readonly clock: Clock;
  readonly from: EpochMs;
  /** Exclusive; Infinity: until the signal aborts. */
  readonly to: EpochMs;
  /** Time between two readings of a machine, in event time. */
  readonly stepMs: Ms;
  /** null: as fast as it is accepted. */
  readonly speed: number | null;
  readonly totals: Totals;
  readonly onStep: (at: EpochMs, readings: readonly MachineReading[]) => void;
  readonly signal: AbortSignal;
}

/** Sends a plant's readings from one event time to another; gives the event time that comes next. */
export async function sendPlant(run: PlantRun): Promise<EpochMs> {
  const begunAt = run.clock.monotonic();
  let waiting: PlantReading[] = [];
  let seq = Math.floor(run.from / run.stepMs) % 1_000_000_000;
  let at = run.from;
  const flush = async (): Promise<void> => {
    for (let start = 0; start < waiting.length; start += BATCH) {
      const part = waiting.slice(start, start + BATCH);
      addAnswer(run.totals, part.length, await run.peer.send(part));
    }
    waiting = [];
  };
  for (; at < run.to && !run.signal.aborted; at += run.stepMs) {
    if (run.speed !== null) {
      const waitMs = begunAt + (at - run.from) / run.speed - run.clock.monotonic();
      if (waitMs > 1) {
        await flush();
        await run.clock.sleep(waitMs, run.signal);
        if (run.signal.aborted) return at;
      }
    }
    seq += 1;
    const readings = run.plant.read(at);
    for (const reading of readings) waiting.push({ ...reading, seq });
    if (waiting.length >= BATCH) await flush();
    run.onStep(at, readings);
  }
  await flush();
  return at;
}
