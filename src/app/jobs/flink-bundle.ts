import { createBundleHost } from "../../backends/stream-engine/flink/inside/bundle-host.ts";
import { createDeviceSteps } from "../../backends/stream-engine/flink/inside/device-steps.ts";
import { createLineSteps } from "../../backends/stream-engine/flink/inside/line-steps.ts";
import { createAlertDeduplication } from "./alert-deduplication.ts";
import { createAnomalyDetection } from "./anomaly-detection.ts";
import { createMetricsAggregation } from "./metrics-aggregation.ts";

/* Entry of the one bundle that runs inside Flink. Neither Node nor Intl is there. */

/** Set by the build: what the embedded engine computes of its own sources. */
declare const STEP_SOURCES_HASH: string;

export const stepSourcesHash: string = STEP_SOURCES_HASH;

export const { open, restore, load, begin, batch, flush, shared, waiting } = createBundleHost(
  (name, deps) => {
    switch (name) {
      case "anomaly-detection":
        return createDeviceSteps(createAnomalyDetection(deps.options), deps);
      case "metrics-aggregation":
        return createDeviceSteps(createMetricsAggregation(deps.options), deps);
      case "alert-deduplication":
        return createLineSteps(createAlertDeduplication(), deps);
      default:
        throw new Error(`Cannot open the job "${name}": there is none of this name`);
    }
  },
);
