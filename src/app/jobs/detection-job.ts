import type { DeviceView } from "../../model/detection.ts";
import {
  type AlertBuilderState,
  createAlertBuilder,
} from "../../pipeline/alert/builder/alert-builder.ts";
import { createDetectStep, type DetectState } from "../../pipeline/detect/detect-step.ts";
import type { StreamJob } from "../../ports/stream-engine.ts";

/** State of one device in the chain AnomalyDetectionJob → AlertDeduplicationJob. */
export interface DetectionState {
  detect: DetectState;
  alert: AlertBuilderState;
}

/**
 * The two jobs that decide in the stream, as one pure step: readings become detector signals, signals become
 * numbered alarm transitions. Live, replay, `iai detect` and Flink run this same object.
 */
export function createDetectionJob(): StreamJob<DetectionState> {
  const detect = createDetectStep();
  const builder = createAlertBuilder();
  const view = (state: DetectionState): DeviceView | null => detect.view(state.detect);

  return {
    name: "detection",
    stateVersion: 8,
    initial: (deviceId) => ({ detect: detect.initial(deviceId), alert: builder.initial(deviceId) }),
    step: (state, event) => {
      const detected = detect.step(state.detect, event);
      const needsView = detected.signals.length > 0;
      const built = builder.step(state.alert, {
        event,
        signals: detected.signals,
        view: needsView ? detect.view(detected.state) : null,
      });
      state.detect = detected.state;
      state.alert = built.state;
      const { signals, episodes, sample } = detected;
      return { state, out: { transitions: built.transitions, episodes, signals, sample } };
    },
    dueAt: (state) => earlier(detect.dueAt(state.detect), builder.dueAt(state.alert)),
    view,
  };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
