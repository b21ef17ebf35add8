import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  assertSameOutputs,
  clusterOutputs,
  EmbeddedOutputs,
  type EngineOutputs,
  whole,
} from "../../../test/fixtures/engine-outputs.ts";
import { clusterLogsOf, PARTITIONS, runJob, topicOf } from "../../../test/fixtures/flink-run.ts";
import { type LoggedStep, plantLog } from "../../../test/fixtures/plant-log.ts";
import { createRandom } from "../../kernel/random.ts";
import { buildBundle, type StepBundle } from "./build-bundle.ts";

const options = {
  partitions: PARTITIONS,
  idleMs: 5_000,
  viewEveryMs: 10_000,
  keepMs: 120_000,
  refreshMs: 10_000,
};

describe("the jobs for Flink, bundled", () => {
  let bundle: StepBundle;
  let steps: readonly LoggedStep[];
  const expected = new EmbeddedOutputs(whole);
  before(async () => {
    bundle = await buildBundle();
    steps = [...plantLog({ seed: 11, devices: 12, seconds: 480 })];
    for (const step of steps) expected.add(step);
  });

  interface Way {
    readonly seed: number;
    readonly parallelisms: readonly number[];
    readonly crashes: number;
    readonly lag?: number;
  }

  const runBoth = ({ seed, parallelisms, crashes, lag = 0 }: Way): EngineOutputs => {
    const logs = clusterLogsOf(steps, lag);
    const random = createRandom(seed);
    const part = { random, parallelisms, crashes };
    const { script } = bundle;
    const job = { script, job: "anomaly-detection", options };
    const anomalies = runJob([...logs.raw, logs.control], { ...part, job });
    const deduplication = { script, job: "alert-deduplication", options };
    const alerts = runJob(topicOf(anomalies), { ...part, job: deduplication });
    const deadLetters = [...anomalies, ...alerts].filter(({ target }) => target === "d");
    assert.deepEqual(deadLetters, []);
    return clusterOutputs(anomalies, alerts, whole);
  };

  it("say what the embedded engine says, to the byte, however the partitions interleave", () => {
    assert.ok(expected.transitions.size > 50, `${expected.transitions.size} transitions`);
    assert.ok(expected.episodes.size > 50, `${expected.episodes.size} episodes`);
    for (const parallelism of [1, 3]) {
      const way = { seed: parallelism, parallelisms: [parallelism], crashes: 0 };
      assertSameOutputs(runBoth(way), expected);
    }
  });

  it("say the same after crashes, with another number of subtasks after each", () => {
    for (const seed of [21, 22]) {
      assertSameOutputs(runBoth({ seed, parallelisms: [2, 3, 1], crashes: 4 }), expected);
    }
  });

  it("agree with each other also where the clock that ticks knows of changes later than others", () => {
    const lag = 2;
    const calm = runBoth({ seed: 31, parallelisms: [1], crashes: 0, lag });
    assertSameOutputs(runBoth({ seed: 32, parallelisms: [3, 2, 1], crashes: 4, lag }), calm);
  });
});
