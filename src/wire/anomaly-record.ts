import type { EpochMs } from "../model/basics.ts";
import type { ControlEvent, StepSettings, StreamEvent } from "../model/control.ts";
import type { AnomalyEpisode, DetectorSignal, DeviceView } from "../model/detection.ts";
import type { Criticality } from "../model/device.ts";

/** What the alert builder knows beside its alarms. */
export interface BuilderStanding {
  readonly settings: StepSettings;
  readonly criticality: Criticality;
  readonly suppressed: boolean;
  readonly eventAt: EpochMs | null;
  readonly receivedAt: EpochMs | null;
  readonly lastReadingAt: EpochMs | null;
}

/** One event of a device for the alert builder. */
export interface AnomalyLine {
  /** Names the life of the detectors' state; numbers count up within it, so a repeat is recognised. */
  readonly bornAt: EpochMs;
  readonly number: number;
  /** Of a reading its times alone. */
  readonly event: StreamEvent;
  /** Where the builder stood before, when it held no alarm: events without effect were not sent. */
  readonly before: BuilderStanding | null;
  readonly signals: readonly DetectorSignal[];
}

/** A record of topic `anomalies`; its key is the device id. Internal, in words of the model, like `control`. */
export interface AnomalyRecord {
  readonly line: AnomalyLine | null;
  readonly episodes: readonly AnomalyEpisode[];
  readonly view: DeviceView | null;
}

type SlimEvent =
  | { readonly kind: "reading"; readonly measuredAt: EpochMs; readonly receivedAt: EpochMs }
  | { readonly kind: "tick"; readonly at: EpochMs }
  | { readonly kind: "control"; readonly control: ControlEvent };

export function encodeAnomalyRecord({ line, ...record }: AnomalyRecord): string {
  const slim = line === null ? null : { ...line, event: slimOf(line.event) };
  return JSON.stringify({ line: slim, ...record });
}

export function decodeAnomalyRecord(deviceId: string, text: string): AnomalyRecord {
  const { line, ...record } = JSON.parse(text) as Omit<AnomalyRecord, "line"> & {
    readonly line: (Omit<AnomalyLine, "event"> & { readonly event: SlimEvent }) | null;
  };
  if (line === null) return { line, ...record };
  return { line: { ...line, event: eventOf(deviceId, line.event) }, ...record };
}

/** Values stay behind: the signals carry those that they rest on. Of rules only their time matters. */
function slimOf(event: StreamEvent): SlimEvent {
  if (event.kind === "reading") {
    const { measuredAt, receivedAt } = event.reading;
    return { kind: "reading", measuredAt, receivedAt };
  }
  if (event.kind === "tick") return event;
  const { control } = event;
  return {
    kind: "control",
    control: control.type === "rules" ? { ...control, rules: [] } : control,
  };
}

function eventOf(deviceId: string, event: SlimEvent): StreamEvent {
  if (event.kind !== "reading") return event;
  const { measuredAt, receivedAt } = event;
  const absent = { qualities: null, faults: null, sources: null, seq: null, status: null };
  const reading = { deviceId, measuredAt, receivedAt, values: new Map(), ...absent };
  return { kind: "reading", reading: { ...reading, configVersion: 0 } };
}
