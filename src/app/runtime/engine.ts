import type { FlinkStreamEngineConfig } from "../../backends/stream-engine/flink/config.ts";
import { ALERT_GROUP } from "../../pipeline/alert/apply-transitions.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import { stepSourcesHash } from "../jobs/step-sources-hash.ts";
import type { StationDeps } from "./stations.ts";
import { startStreamThread } from "./threads.ts";

/** The steps: on a thread of this process, or in a cluster that this process hears of over the bus. */
export async function openEngine(deps: StationDeps): Promise<StreamEngine> {
  const { config, records, life } = deps;
  const { streamEngine } = config;
  if (streamEngine.kind === "embedded") {
    const makeDurable = (): Promise<void> =>
      records.transaction(async () => undefined, { durability: "full" });
    const { engine, thread } = startStreamThread(deps, streamEngine, makeDurable);
    life.own("stream thread", thread);
    return engine;
  }
  return await openFlink(deps, streamEngine);
}

async function openFlink(
  { config, bus, lag, ends, unread, log, life }: StationDeps,
  streamEngine: FlinkStreamEngineConfig,
): Promise<StreamEngine> {
  const { openFlinkStreamEngine } = await import(
    "../../backends/stream-engine/flink/flink-stream-engine.ts"
  );
  const topicPrefix = config.eventBus.kind === "kafka" ? config.eventBus.topicPrefix : "";
  const engine = openFlinkStreamEngine(streamEngine, {
    ...{ bus, ends, unread, lag, topicPrefix, log },
    group: ALERT_GROUP,
    sourcesHash: stepSourcesHash(),
  });
  return life.own("stream engine", engine);
}
