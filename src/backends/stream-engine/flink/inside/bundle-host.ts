import { eachFrame, eachOutput, encodeOutput } from "../../../../wire/engine-frames.ts";
import type { JavaHost, JobOptions, Steps, StepsDeps } from "./job.ts";

/** Set by `StepEngine.java` before `open`. */
declare const javaHost: { find(deviceId: string): string; place(deviceId: string): string };

/** What a bundle offers to the Java host, which calls it on one thread; text alone crosses, in frames. */
export interface BundleHost {
  /** Chooses the job of this subtask; once, before anything else. */
  open(name: string, options: string): void;
  /** What the subtasks of the last run shared, one call for each; then `load`, then `begin`. */
  restore(shared: string): void;
  load(states: string): void;
  begin(): void;
  /** Takes records and answers all outputs so far. */
  batch(records: string): string;
  /** The states that changed since the last time. */
  flush(): string;
  shared(): string;
  waiting(): string;
}

/** `stepsOf` builds the steps of a job by its name. */
export function createBundleHost(stepsOf: (name: string, deps: StepsDeps) => Steps): BundleHost {
  let steps: Steps | null = null;
  /** Outputs that the host has not fetched yet. */
  let outputs: string[] = [];
  const host: JavaHost = {
    find: (deviceId) => javaHost.find(deviceId),
    place: (deviceId) => Number(javaHost.place(deviceId)),
  };
  const emit: StepsDeps["emit"] = (target, key, value) => {
    outputs.push(encodeOutput(target, key, value));
  };
  const current = (): Steps => {
    if (steps === null) throw new Error("Cannot step: no job is open");
    return steps;
  };
  return {
    open: (name, options) => {
      steps = stepsOf(name, { host, emit, options: JSON.parse(options) as JobOptions });
    },
    restore: (shared) => current().restore(shared),
    load: (states) =>
      eachOutput(states, (_target, deviceId, text) => current().load(deviceId, text)),
    begin: () => current().begin(),
    batch: (records) => {
      eachFrame(records, (frame) => current().take(frame));
      const text = outputs.join("");
      outputs = [];
      return text;
    },
    flush: () => {
      const states: string[] = [];
      current().flush((deviceId, text) => states.push(encodeOutput("s", deviceId, text)));
      return states.join("");
    },
    shared: () => current().shared(),
    waiting: () => String(current().waiting()),
  };
}
