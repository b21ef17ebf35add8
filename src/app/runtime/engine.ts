import { IaiError } from "../../kernel/errors.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
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
  throw new IaiError("UNSUPPORTED", "Cannot start: the outputs of Flink are not read yet");
}
