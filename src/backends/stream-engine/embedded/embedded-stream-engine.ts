import { BoundedQueue } from "../../../kernel/bounded-queue.ts";
import type { DeviceId } from "../../../model/basics.ts";
import type { DeviceView } from "../../../model/detection.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { StreamEngine, StreamOutput } from "../../../ports/stream-engine.ts";

/** What the thread that runs the loop offers to this side. */
export interface StreamWorkerCalls {
  view(deviceId: DeviceId): Promise<DeviceView | null>;
  position(): Promise<number>;
}

export interface EmbeddedStreamEngineDeps {
  readonly worker: StreamWorkerCalls;
  /** Next offset of the log. */
  readonly logEnd: () => number;
}

/** The main thread's half of the engine: hands outputs over one at a time and asks the worker for views. */
export interface EmbeddedStreamEngine extends StreamEngine {
  /** Called by the worker with each output; resolves when the consumer has confirmed it. */
  deliver(output: StreamOutput): Promise<void>;
}

interface Waiting {
  readonly output: StreamOutput;
  readonly confirmed: () => void;
}

/** Outputs under way between the threads: the worker waits for each, so more never pile up. */
const OUTPUT_LIMIT = 16;

export function createEmbeddedStreamEngine(deps: EmbeddedStreamEngineDeps): EmbeddedStreamEngine {
  const queue = new BoundedQueue<Waiting>(OUTPUT_LIMIT);
  let current: Waiting | null = null;

  return {
    capabilities: { remote: false },
    // After the end nobody confirms any more: the worker is stopped while it waits.
    deliver: (output) => new Promise((confirmed) => void queue.offer({ output, confirmed })),
    outputs: async function* (signal: AbortSignal): AsyncIterable<StreamOutput> {
      signal.addEventListener("abort", () => queue.close(), { once: true });
      for await (const waiting of queue) {
        current = waiting;
        yield waiting.output;
      }
    },
    confirm: async (_position: BusPosition) => {
      current?.confirmed();
      current = null;
    },
    view: (deviceId) => deps.worker.view(deviceId),
    lag: async () => {
      const end = deps.logEnd();
      return { records: Math.max(0, end - (await deps.worker.position())) };
    },
    close: async () => queue.close(),
  };
}
