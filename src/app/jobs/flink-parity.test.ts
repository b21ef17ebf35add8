import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { clusterLogsOf, PARTITIONS, runJob, topicOf } from "../../../test/fixtures/flink-run.ts";
import type { SubtaskOutput } from "../../../test/fixtures/flink-subtasks.ts";
import { type LoggedStep, plantLog } from "../../../test/fixtures/plant-log.ts";
import { createRandom } from "../../kernel/random.ts";
import { encodeAlertRecord } from "../../wire/alert-record.ts";
import { decodeAnomalyRecord } from "../../wire/anomaly-record.ts";
import { buildBundle, type StepBundle } from "./build-bundle.ts";

const options = {
  partitions: PARTITIONS,
  idleMs: 5_000,
  viewEveryMs: 10_000,
  keepMs: 120_000,
  refreshMs: 10_000,
};

/** What the embedded engine says, as sorted texts. */
function embeddedOutputs(steps: readonly LoggedStep[]) {
  const said = steps.flatMap((step) => step.said);
  return {
    signals: sorted(
      said
        .filter(({ out }) => out.signals.length > 0)
        .map(({ deviceId, out }) => JSON.stringify([deviceId, out.signals])),
    ),
    episodes: sorted(said.flatMap(({ out }) => out.episodes.map((one) => JSON.stringify(one)))),
    transitions: sorted(said.flatMap(({ out }) => out.transitions.map(encodeAlertRecord))),
  };
}

/** The same of what the jobs wrote: each line once, and a line that came again must be the same to the byte. */
function clusterOutputs(anomalies: readonly SubtaskOutput[], alerts: readonly SubtaskOutput[]) {
  const lines = new Map<string, string>();
  const episodes = new Set<string>();
  for (const { key, value } of anomalies) {
    const record = decodeAnomalyRecord(key, value);
    for (const episode of record.episodes) episodes.add(JSON.stringify(episode));
    if (record.line === null) continue;
    const id = `${key}/${record.line.bornAt}/${record.line.number}`;
    const text = JSON.stringify([key, record.line.signals]);
    assert.equal(lines.get(id) ?? text, text, id);
    lines.set(id, text);
  }
  return {
    signals: sorted([...lines.values()].filter((text) => !text.endsWith(",[]]"))),
    episodes: sorted(episodes),
    transitions: sorted(new Set(alerts.map(({ value }) => value))),
  };
}

const sorted = (texts: Iterable<string>): string[] => [...texts].toSorted();

describe("the jobs for Flink, bundled", () => {
  let bundle: StepBundle;
  let steps: readonly LoggedStep[];
  before(async () => {
    bundle = await buildBundle();
    steps = [...plantLog({ seed: 11, devices: 12, seconds: 480 })];
  });

  interface Way {
    readonly seed: number;
    readonly parallelisms: readonly number[];
    readonly crashes: number;
    readonly lag?: number;
  }

  const runBoth = ({ seed, parallelisms, crashes, lag = 0 }: Way) => {
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
    return clusterOutputs(anomalies, alerts);
  };

  it("say what the embedded engine says, to the byte, however the partitions interleave", () => {
    const expected = embeddedOutputs(steps);
    assert.ok(expected.transitions.length > 100, `${expected.transitions.length} transitions`);
    assert.ok(expected.episodes.length > 100, `${expected.episodes.length} episodes`);
    for (const parallelism of [1, 3]) {
      const way = { seed: parallelism, parallelisms: [parallelism], crashes: 0 };
      assert.deepEqual(runBoth(way), expected);
    }
  });

  it("say the same after crashes, with another number of subtasks after each", () => {
    const expected = embeddedOutputs(steps);
    for (const seed of [21, 22]) {
      assert.deepEqual(runBoth({ seed, parallelisms: [2, 3, 1], crashes: 4 }), expected);
    }
  });

  it("agree with each other also where the clock that ticks knows of changes later than others", () => {
    const lag = 2;
    const expected = runBoth({ seed: 31, parallelisms: [1], crashes: 0, lag });
    for (const seed of [32]) {
      assert.deepEqual(runBoth({ seed, parallelisms: [3, 2, 1], crashes: 4, lag }), expected);
    }
  });
});
