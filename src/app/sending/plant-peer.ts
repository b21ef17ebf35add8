import type { MachineReading } from "../../backends/source-adapter/simulator/plant-model.ts";
import { standardUnitOf } from "../../model/units.ts";
import type { HttpSender, SendAnswer, WireReading } from "./http-sender.ts";

/** A machine's reading with its number. */
export interface PlantReading extends MachineReading {
  readonly seq: number;
}

/** What the other side needs in order to understand this one, as a file. */
export interface WireFile {
  readonly name: string;
  readonly text: string;
}

/** The plant's end of the wire, whichever side asks and whichever tells. */
export interface PlantPeer {
  /** Where it sends to, or where it can be asked. */
  readonly address: string;
  /** What a person needs to know to hear it. */
  readonly notes: readonly string[];
  readonly files: readonly WireFile[];
  /** Brings it up; throws when the other side does not answer, or when its port is taken. */
  open(): Promise<void>;
  /** Resolves when they are sent, or can be asked for. */
  send(readings: readonly PlantReading[]): Promise<SendAnswer>;
  close(): Promise<void>;
}

/** Everything was taken, as far as this side of the wire can know. */
export function allTaken(count: number): SendAnswer {
  return { accepted: count, duplicates: 0, rejected: [], degraded: [] };
}

/** A peer that sends readings in their wire form. */
export function peerOf(
  sender: Pick<HttpSender, "greet" | "send"> & { close?: () => Promise<void> },
  address: string,
): PlantPeer {
  return {
    address,
    notes: [],
    files: [],
    open: () => sender.greet(),
    send: (readings) => sender.send(readings.map(wireOf)),
    close: async () => sender.close?.(),
  };
}

/** Fields of a reading that stand beside `metrics`. */
const shorthands = new Set(["temperature", "vibration", "pressure", "current"]);

/** Wire form of a simulated reading; what is not in the unit that the metric usually has says its unit. */
export function wireOf(reading: PlantReading): WireReading {
  const wire: Record<string, unknown> = {
    device_id: reading.deviceId,
    timestamp: reading.at,
    seq: reading.seq,
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
