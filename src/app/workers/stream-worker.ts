import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import {
  type LogReaderToken,
  openLogReader,
} from "../../backends/event-bus/embedded/log-reader.ts";
import type { StreamEngineConfig } from "../../backends/stream-engine/embedded/config.ts";
import type { StreamWorkerCalls } from "../../backends/stream-engine/embedded/embedded-stream-engine.ts";
import { openStreamLoop } from "../../backends/stream-engine/embedded/stream-loop.ts";
import { systemClock } from "../../kernel/clock.ts";
import { linkThreads, type Remote } from "../../kernel/remote.ts";
import type { StreamOutput } from "../../ports/stream-engine.ts";
import { decodeStreamEvent } from "../../wire/stream-codec.ts";
import { createDetectionJob } from "../jobs/detection-job.ts";

/** Handed to the thread when it starts. */
export interface StreamWorkerData {
  readonly log: LogReaderToken;
  readonly checkpointPath: string;
  readonly config: StreamEngineConfig;
}

/** What the main thread offers to this one. */
export interface StreamWorkerHost {
  deliver(output: StreamOutput): Promise<void>;
  makeDurable(): Promise<void>;
}

const data = workerData as StreamWorkerData;
const abort = new AbortController();
const link = linkThreads<StreamWorkerHost>(parentPort as MessagePort, {
  view: (deviceId: string) => loop.view(deviceId),
  position: () => loop.position(),
  stop: async () => {
    abort.abort();
    await running;
    loop.close();
    await reader.close();
  },
} satisfies Remote & Record<keyof StreamWorkerCalls, unknown>);

const reader = openLogReader(data.log);
const loop = openStreamLoop({
  job: createDetectionJob(),
  bus: reader,
  decode: decodeStreamEvent,
  checkpointPath: data.checkpointPath,
  clock: systemClock,
  config: data.config,
  deliver: (output) => link.theirs.deliver(output),
  makeDurable: () => link.theirs.makeDurable(),
  onSample: null,
});
// A loop that ends by an error ends the thread: the main thread sees it and stops the process.
const running = loop.run(abort.signal);
running.catch((failure: unknown) => {
  setImmediate(() => {
    throw failure;
  });
});
