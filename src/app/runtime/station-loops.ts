import { runDeadLetters } from "../../pipeline/ingest/dead-letters.ts";
import type { DeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import type { Quarantine } from "../../pipeline/ingest/quarantine.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { Alarms } from "./alarms.ts";
import type { Audience } from "./audience.ts";
import type { Diagnosis } from "./diagnosis.ts";
import {
  controlTick,
  partitionTicks,
  runFlushes,
  runOutputs,
  runRefreshes,
  runTicks,
  type Views,
} from "./loops.ts";
import type { StationDeps } from "./stations.ts";
import { decodeLetter } from "./told-letter.ts";
import { runWatch } from "./watch.ts";

export interface LoopDeps extends StationDeps {
  readonly telemetry: TelemetryStore;
  readonly engine: StreamEngine;
  readonly control: ControlJournal;
  readonly devices: DeviceRegistry;
  readonly quarantine: Quarantine;
  readonly alarms: Alarms;
  readonly diagnosis: Diagnosis;
  readonly views: Views;
  readonly audience: Audience;
}

/** Starts what goes on by itself, as far as it is this process's part. */
export function startLoops(deps: LoopDeps): void {
  const { life, clock, log, control, devices, parts } = deps;
  const fail = deps.onFatal as (failure: unknown) => void;
  life.run("control", (signal) => runFlushes(control, clock, signal), fail);
  if (!deps.isAlone) {
    const others = { control, devices, clock, log };
    life.run("changes of others", (signal) => runRefreshes(others, signal), fail);
  }
  if (parts.ingest) startTicks(deps, fail);
  if (parts.agents) startAgents(deps, fail);
  else life.run("watch", (signal) => runWatch(deps, signal), fail);
}

function startTicks(
  { life, clock, durableLog, control, config: { eventBus } }: LoopDeps,
  fail: (failure: unknown) => void,
): void {
  const ticksAt =
    eventBus.kind === "kafka" ? partitionTicks(eventBus.partitions, control) : controlTick;
  life.run("ticks", (signal) => runTicks({ log: durableLog, clock, ticksAt }, signal), fail);
}

function startAgents(deps: LoopDeps, fail: (failure: unknown) => void): void {
  const { life, clock, log, engine, telemetry, alarms, diagnosis, views } = deps;
  const apply: Alarms["alerts"]["apply"] = async (output) => {
    await alarms.alerts.apply(output);
    // What clears or repeats asks for no diagnosis.
    if (output.transitions.some(({ kind }) => kind === "raised" || kind === "escalated"))
      diagnosis.agent.wake();
  };
  const outputs = { engine, telemetry, apply, onViews: views.take, log, clock };
  life.run("outputs", (signal) => runOutputs(outputs, signal), fail);
  life.run("diagnosis", (signal) => diagnosis.agent.run(signal), fail);
  life.run("notifications", (signal) => alarms.outbox.run(signal), fail);
  life.run("shelving", (signal) => alarms.alerts.run(signal), fail);
  // Steps in threads of this process answer to it; jobs in other processes write down what they could not use.
  if (!engine.capabilities.remote) return;
  const letters = { ...deps, decode: decodeLetter };
  life.run("dead letters", (signal) => runDeadLetters(letters, signal), fail);
}
