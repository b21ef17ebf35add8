import { createFlinkRest } from "../../backends/stream-engine/flink/flink-rest.ts";
import { type StoppedJob, stopJobs } from "../../backends/stream-engine/flink/stop-jobs.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createLog } from "../../kernel/log.ts";
import type { Config } from "../config/schema.ts";
import { requireSharedBackends } from "../runtime/shared-backends.ts";

/** Stops the jobs inside Flink so that nothing has to be repeated: each with a savepoint. Asks Flink alone. */
export async function stopCluster(config: Config): Promise<readonly StoppedJob[]> {
  const { streamEngine, eventBus } = config;
  requireSharedBackends(config);
  if (eventBus.kind !== "kafka" || streamEngine.kind !== "flink")
    throw new IaiError("INTERNAL", "Cannot stop: the configuration was not checked");
  return await stopJobs(streamEngine, {
    rest: createFlinkRest(streamEngine.url, streamEngine.requestTimeoutMs),
    clock: systemClock,
    log: createLog("warn"),
    kafka: { topicPrefix: eventBus.topicPrefix },
  });
}
