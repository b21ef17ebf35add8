import type { FlinkJobName } from "../../backends/stream-engine/flink/job-specs.ts";
import { createAlertDeduplication } from "./alert-deduplication.ts";
import { createAnomalyDetection } from "./anomaly-detection.ts";
import { createMetricsAggregation } from "./metrics-aggregation.ts";

const anyOptions = { partitions: 1, idleMs: 0, viewEveryMs: 0, keepMs: 0, refreshMs: 0 };

/** Form of the states of each job, for whoever deploys them. */
export const stateVersions: Readonly<Record<FlinkJobName, number>> = {
  "anomaly-detection": createAnomalyDetection(anyOptions).stateVersion,
  "alert-deduplication": createAlertDeduplication().stateVersion,
  "metrics-aggregation": createMetricsAggregation(anyOptions).stateVersion,
};
