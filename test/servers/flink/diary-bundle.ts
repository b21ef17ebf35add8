import { createBundleHost } from "../../../src/backends/stream-engine/flink/inside/bundle-host.ts";
import { createDeviceSteps } from "../../../src/backends/stream-engine/flink/inside/device-steps.ts";
import { encodeAnomalyRecord } from "../../../src/wire/anomaly-record.ts";
import { diaryJob } from "../../contract/diary-job.ts";

/* The job of the contract suite in the place of AnomalyDetection. */

export const { open, restore, load, begin, batch, flush, shared, waiting } = createBundleHost(
  (_name, deps) =>
    createDeviceSteps(
      {
        ...diaryJob,
        usesControl: true,
        step: (before, event, emit) => {
          const { state, out } = diaryJob.step(before, event);
          const record = { line: null, episodes: out.episodes, view: null };
          emit("a", state.deviceId, encodeAnomalyRecord(record));
          return state;
        },
      },
      deps,
    ),
);
