import { createDeviceSteps } from "../../backends/stream-engine/flink/inside/device-steps.ts";
import type { JavaHost, JobOptions, Steps } from "../../backends/stream-engine/flink/inside/job.ts";
import { createLineSteps } from "../../backends/stream-engine/flink/inside/line-steps.ts";
import { eachFrame, eachOutput, encodeOutput } from "../../wire/engine-frames.ts";
import { createAlertDeduplication } from "./alert-deduplication.ts";
import { createAnomalyDetection } from "./anomaly-detection.ts";
import { createMetricsAggregation } from "./metrics-aggregation.ts";

/*
 * Entry of the one bundle that runs inside Flink. The Java host calls these functions on one thread; text alone
 * crosses, in the frames of wire/engine-frames.ts. Neither Node nor Intl is there.
 */

/** Set by the host before `open`. */
declare const javaHost: { find(deviceId: string): string; place(deviceId: string): string };
/** Set by the build: what the embedded engine computes of its own sources. */
declare const STEP_SOURCES_HASH: string;

export const stepSourcesHash: string = STEP_SOURCES_HASH;

let steps: Steps | null = null;
/** Outputs that the host has not fetched yet. */
let outputs: string[] = [];

const host: JavaHost = {
  find: (deviceId) => javaHost.find(deviceId),
  place: (deviceId) => Number(javaHost.place(deviceId)),
};

/** Chooses the job of this subtask; once, before anything else. */
export function open(name: string, options: string): void {
  steps = stepsOf(name, JSON.parse(options) as JobOptions);
}

/** What the subtasks of the last run shared, one call for each; then `load`, then `begin`. */
export function restore(shared: string): void {
  current().restore(shared);
}

export function load(states: string): void {
  eachOutput(states, (_target, deviceId, text) => current().load(deviceId, text));
}

export function begin(): void {
  current().begin();
}

/** Takes records and answers all outputs so far. */
export function batch(records: string): string {
  eachFrame(records, (frame) => current().take(frame));
  return takeOutputs();
}

/** The states that changed since the last time. */
export function flush(): string {
  const states: string[] = [];
  current().flush((deviceId, text) => states.push(encodeOutput("s", deviceId, text)));
  return states.join("");
}

export function shared(): string {
  return current().shared();
}

export function waiting(): string {
  return String(current().waiting());
}

function stepsOf(name: string, options: JobOptions): Steps {
  const emit: Parameters<typeof createDeviceSteps>[1]["emit"] = (target, key, value) => {
    outputs.push(encodeOutput(target, key, value));
  };
  const deps = { host, options, emit };
  switch (name) {
    case "anomaly-detection":
      return createDeviceSteps(createAnomalyDetection(options), deps);
    case "metrics-aggregation":
      return createDeviceSteps(createMetricsAggregation(options), deps);
    case "alert-deduplication":
      return createLineSteps(createAlertDeduplication(), deps);
    default:
      throw new Error(`Cannot open the job "${name}": there is none of this name`);
  }
}

function current(): Steps {
  if (steps === null) throw new Error("Cannot step: no job is open");
  return steps;
}

function takeOutputs(): string {
  const text = outputs.join("");
  outputs = [];
  return text;
}
