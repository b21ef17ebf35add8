import { createPlant, type Plant } from "../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../kernel/clock.ts";
import { type EpochMs, MINUTE, type Ms, SECOND } from "../../model/basics.ts";
import { bareMetric, type DeviceInput } from "../../model/device.ts";
import { replayRecording } from "../cli/commands/replay.ts";
import { openRecording, type Recording } from "../recording/recording.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createHttpSender, type HttpSender } from "../sending/http-sender.ts";
import { peerOf } from "../sending/plant-peer.ts";
import { sendPlant } from "../sending/plant-sender.ts";
import { describeTotals, noTotals } from "../sending/totals.ts";
import { DEMO_DEVICES, HISTORY, planDemoFaults, registryEntryOf } from "./demo-plan.ts";

/** How long a faster day lasts before it has caught up with the clock on the wall. */
const FAST_FOR: Ms = 5 * MINUTE;
/** A recording may be faster; twelve machines at more than this would be a load test. */
const FLEET_SPEED_MAX = 30;

export interface DemoRun {
  readonly runtime: Runtime;
  /** Key with which the plant sends. */
  readonly key: string;
  readonly seed: number;
  readonly speed: number;
  readonly replay: { readonly file: string; readonly map: string } | null;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Registers the plant, lets its history enter through ingest, then plays its day until the signal aborts. */
export async function runDemoPlant(run: DemoRun): Promise<void> {
  const sender = createHttpSender({
    url: run.runtime.apiUrl,
    key: run.key,
    clock: systemClock,
    signal: run.signal,
  });
  const recording = await openRecorded(run);
  const fleetSpeed = Math.min(run.speed, FLEET_SPEED_MAX);
  // Faster days begin earlier, so that no reading comes from the future.
  const lead = Math.max(0, fleetSpeed - 1) * FAST_FOR;
  const startsAt = systemClock.now() - lead;
  const plant = fleetOf(run, startsAt, recording?.devices ?? []);
  await register(run, plant.machines.map(registryEntryOf));
  const lines = new Set(plant.machines.map(({ lineId }) => lineId)).size;
  run.say(
    `plant     ${plant.machines.length} machines on ${lines} lines, seed ${run.seed}; history enters ...`,
  );
  const common = {
    plant,
    peer: peerOf(sender, run.runtime.apiUrl),
    clock: systemClock,
    stepMs: SECOND,
    totals: noTotals(),
    onStep: () => undefined,
    signal: run.signal,
  };
  await sendPlant({ ...common, from: startsAt - HISTORY, to: startsAt, speed: null });
  run.say(`plant     ${describeTotals(common.totals)}; the day begins`);
  const day = async (): Promise<void> => {
    const caughtUp = startsAt + (lead === 0 ? 0 : fleetSpeed * FAST_FOR);
    await sendPlant({ ...common, from: startsAt, to: caughtUp, speed: fleetSpeed });
    await sendPlant({ ...common, from: caughtUp, to: Number.POSITIVE_INFINITY, speed: 1 });
  };
  await Promise.all([day(), recording === null ? null : playRecording(run, recording, sender)]);
}

interface Recorded {
  readonly file: string;
  readonly recording: Recording;
  readonly devices: readonly string[];
}

async function openRecorded(run: DemoRun): Promise<Recorded | null> {
  if (run.replay === null) return null;
  const { file, map } = run.replay;
  const recording = await openRecording({ file, map, device: null });
  return { file, recording, devices: await recording.devices() };
}

/** The simulated machines; one whose name a recording has stands aside for the real one. */
function fleetOf(run: DemoRun, startsAt: EpochMs, recorded: readonly string[]): Plant {
  const plant = createPlant({
    seed: run.seed,
    devices: DEMO_DEVICES,
    startsAt: startsAt - HISTORY,
    faults: planDemoFaults(run.seed, startsAt, recorded),
  });
  const stays = ({ deviceId }: { readonly deviceId: string }) => !recorded.includes(deviceId);
  return {
    machines: plant.machines.filter(stays),
    read: (at) => plant.read(at).filter(stays),
  };
}

async function playRecording(run: DemoRun, recorded: Recorded, sender: HttpSender): Promise<void> {
  const { file, recording, devices } = recorded;
  await register(
    run,
    devices.map((deviceId) => recordedDevice(deviceId)),
  );
  run.say(`recording ${file} as ${devices.join(", ")} at speed ${run.speed}`);
  const totals = await replayRecording({
    recording,
    span: await recording.span(),
    sender,
    speed: run.speed,
    shiftToNow: true,
    signal: run.signal,
    quiet: true,
  });
  run.say(`recording ended: ${totals.accepted} of ${totals.sent} rows accepted`);
}

/** A pump on a test bed: the limits that its maker gives. */
function recordedDevice(deviceId: string): DeviceInput {
  return {
    deviceId,
    deviceName: `Recorded machine ${deviceId}`,
    deviceType: "pump",
    factoryId: "F001",
    lineId: "L900",
    criticality: "B",
    metrics: {
      vibration: { ...bareMetric("g"), hh: 0.5, periodMs: SECOND },
      temperature: { ...bareMetric("°C"), hh: 95, periodMs: SECOND },
    },
  };
}

async function register(run: DemoRun, inputs: readonly DeviceInput[]): Promise<void> {
  for (const input of inputs) await run.runtime.registerDevice(input);
}

/** Says aloud what the plant's people would see, once per alarm, report and order. */
export function narrate(runtime: Runtime, say: (line: string) => void, began: EpochMs): void {
  const seen = new Set<string>();
  const seconds = (): string => `${((systemClock.now() - began) / 1000).toFixed(0).padStart(3)} s`;
  const link = (traceId: string): string =>
    `${runtime.consoleUrl ?? runtime.apiUrl}/alarms/${traceId}`;
  runtime.onEvent((event) => {
    if (event.type === "alert" && !seen.has(`a${event.alert.traceId}${event.alert.alertLevel}`)) {
      seen.add(`a${event.alert.traceId}${event.alert.alertLevel}`);
      say(
        `${seconds()}  alarm   ${event.alert.alertLevel} ${event.alert.deviceId} ${event.alert.alertType}  ${link(event.alert.traceId)}`,
      );
    } else if (
      event.type === "report" &&
      !seen.has(`r${event.report.traceId}${event.report.revision}`)
    ) {
      seen.add(`r${event.report.traceId}${event.report.revision}`);
      say(
        `${seconds()}  report  ${event.report.deviceId}: ${event.report.faultCategory} (${event.report.confidence.toFixed(2)}, ${event.report.latencyMs.toFixed(0)} ms)`,
      );
    } else if (event.type === "order" && !seen.has(event.order.orderNo)) {
      seen.add(event.order.orderNo);
      say(
        `${seconds()}  order   ${event.order.orderNo} ${event.order.orderType} ${event.order.status} for ${event.order.deviceId}`,
      );
    }
  });
}
