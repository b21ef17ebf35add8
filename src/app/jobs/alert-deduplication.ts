import type { LineJob } from "../../backends/stream-engine/flink/inside/job.ts";
import type { EpochMs } from "../../model/basics.ts";
import {
  type AlertBuilderState,
  createAlertBuilder,
} from "../../pipeline/alert/builder/alert-builder.ts";
import { encodeAlertRecord } from "../../wire/alert-record.ts";
import { decodeAnomalyRecord } from "../../wire/anomaly-record.ts";

/** State of one device in the job AlertDeduplication. */
export interface DeduplicationState {
  alert: AlertBuilderState;
  bornAt: EpochMs | null;
  /** Number of the newest line. */
  line: number;
}

/**
 * The alert builder over what AnomalyDetection sends: lines that come again are left out by their numbers, the
 * others become numbered alarm transitions, the same to the byte as in the embedded engine.
 */
export function createAlertDeduplication(): LineJob<DeduplicationState> {
  const builder = createAlertBuilder();
  return {
    name: "alert-deduplication",
    stateVersion: 1,
    initial: (deviceId) => ({ alert: builder.initial(deviceId), bornAt: null, line: 0 }),
    step: (state, text, emit) => {
      const { deviceId } = state.alert;
      const { line, view } = decodeAnomalyRecord(deviceId, text);
      const unmoved = { state, at: state.alert.receivedAt ?? 0 };
      if (line === null) return unmoved;
      if (line.bornAt !== state.bornAt) {
        // The detectors have begun anew, so has this; the records know what was said before.
        state = { alert: builder.initial(deviceId), bornAt: line.bornAt, line: 0 };
      }
      if (line.number <= state.line) return unmoved;
      state.line = line.number;
      if (line.before !== null) state.alert = { ...state.alert, ...line.before };
      const { event, signals } = line;
      const built = builder.step(state.alert, { event, signals, view });
      state.alert = built.state;
      for (const transition of built.transitions) {
        emit("t", deviceId, encodeAlertRecord(transition));
      }
      return { state, at: state.alert.receivedAt ?? 0 };
    },
  };
}
