import type { AgentTrace } from "../../../model/diagnosis.ts";
import type { StepRecorder } from "./step-recorder.ts";

/** The course of a diagnosis in which no model took part. */
export function plainTrace(steps: StepRecorder): AgentTrace {
  return {
    steps: steps.all(),
    review: [],
    toolCalls: 0,
    toolErrors: 0,
    intent: null,
    actions: [],
    addenda: [],
  };
}
