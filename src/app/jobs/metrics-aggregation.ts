import type { DeviceJob, JobOptions } from "../../backends/stream-engine/flink/inside/job.ts";
import {
  type AggregateState,
  createAggregateStep,
} from "../../pipeline/aggregate/aggregate-step.ts";
import { encodeAggregateRecord } from "../../wire/aggregate-record.ts";

/** Minutes of every device from the raw partitions; configuration does not change them. */
export function createMetricsAggregation(options: JobOptions): DeviceJob<AggregateState> {
  const step = createAggregateStep(options);
  return {
    name: "metrics-aggregation",
    stateVersion: 1,
    usesControl: false,
    initial: step.initial,
    dueAt: step.dueAt,
    step: (state, event, emit) => {
      const { deviceId } = state;
      const { state: next, minutes, recompute } = step.step(state, event);
      for (const { minuteAt, revision, rows } of minutes) {
        emit("g", deviceId, encodeAggregateRecord({ minuteAt, revision, rows }));
      }
      for (const minuteAt of recompute) {
        emit("g", deviceId, encodeAggregateRecord({ minuteAt, revision: null, rows: [] }));
      }
      return next;
    },
  };
}
