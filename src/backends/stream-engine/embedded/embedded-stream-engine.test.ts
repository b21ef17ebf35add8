import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { diaryJob } from "../../../../test/contract/diary-job.ts";
import { type EngineBench, streamEngineContract } from "../../../../test/contract/stream-engine.ts";
import { InMemoryBus } from "../../../../test/fixtures/in-memory-bus.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../../kernel/clock.ts";
import type { StreamEvent } from "../../../model/control.ts";
import type { StreamOutput } from "../../../ports/stream-engine.ts";
import {
  decodeStreamEvent,
  encodeControl,
  encodeReading,
  encodeTick,
} from "../../../wire/stream-codec.ts";
import { createEmbeddedStreamEngine } from "./embedded-stream-engine.ts";
import { openStreamLoop, type StreamLoop } from "./stream-loop.ts";

const folder = temporaryFolder("engine");
let benches = 0;

streamEngineContract("embedded", async () => openBench());

function openBench(): EngineBench {
  const bus = new InMemoryBus();
  const checkpointPath = join(folder, `checkpoints-${++benches}.db`);
  let running: {
    readonly loop: StreamLoop;
    readonly abort: AbortController;
    readonly done: Promise<void>;
  } | null = null;
  const start = (
    checkpointEveryMs: number,
    lines: string[],
    reached: (position: number) => void,
  ): void => {
    const abort = new AbortController();
    const loop = openStreamLoop({
      job: diaryJob,
      bus,
      decode: decodeStreamEvent,
      checkpointPath,
      clock: systemClock,
      config: { kind: "embedded", checkpointEveryMs, checkpointDevices: 100, viewEveryMs: 0 },
      deliver: async (output) => {
        lines.push(...output.episodes.map((episode) => episode.episodeId));
        reached(output.position["0"] ?? 0);
      },
      makeDurable: async () => undefined,
      onSample: null,
    });
    running = { loop, abort, done: loop.run(abort.signal) };
  };
  const end = async (): Promise<void> => {
    if (running === null) return;
    running.abort.abort();
    await running.done;
    running.loop.close();
    running = null;
  };
  const run = async (checkpointEveryMs: number): Promise<readonly string[]> => {
    const lines: string[] = [];
    const target = bus.records.length + 1;
    await new Promise<void>((resolve) =>
      start(checkpointEveryMs, lines, (position) => position >= target && resolve()),
    );
    return lines;
  };
  return {
    order: "log",
    append: async (events) => void (await bus.publish(events.map(recordOf))),
    runToEnd: async () => {
      await abandon();
      return run(Number.MAX_SAFE_INTEGER);
    },
    crash: () => abandon(),
    checkpoint: () => end(),
  };

  /** Lets go of a loop without its last checkpoint: its output is never confirmed. */
  async function abandon(): Promise<void> {
    running?.loop.close();
    running = null;
  }
}

function recordOf(event: StreamEvent): Parameters<InMemoryBus["publish"]>[0][number] {
  if (event.kind === "reading")
    return {
      topic: "raw_sensor_data",
      key: event.reading.deviceId,
      value: encodeReading(event.reading),
    };
  if (event.kind === "tick") return { topic: "control", key: "tick", value: encodeTick(event.at) };
  return { topic: "control", key: "*", value: encodeControl(event.control) };
}

describe("hand-over of outputs between threads", () => {
  const output: StreamOutput = { transitions: [], episodes: [], views: [], position: { "0": 7 } };

  it("tells the worker only after the consumer has confirmed", async () => {
    const engine = createEmbeddedStreamEngine({
      worker: { view: async () => null, position: async () => 5 },
      logEnd: () => 9,
    });
    const events: string[] = [];
    const delivered = engine.deliver(output).then(() => events.push("delivered"));
    for await (const taken of engine.outputs(new AbortController().signal)) {
      events.push("taken");
      await engine.confirm(taken.position);
      break;
    }
    await delivered;
    assert.deepEqual(events, ["taken", "delivered"]);
    assert.deepEqual(await engine.lag(), { records: 4 });
  });
});
