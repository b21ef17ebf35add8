import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { createContext, runInContext } from "node:vm";
import { clusterLogsOf, PARTITIONS } from "../../../test/fixtures/flink-run.ts";
import { plantLog } from "../../../test/fixtures/plant-log.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { fetchFlinkJars, flinkLib } from "../../../test/servers/flink/flink-jars.ts";
import { serverCache } from "../../../test/servers/server-handle.ts";
import { eachOutput, encodeFrame, type Frame } from "../../wire/engine-frames.ts";
import { buildJobJar } from "./build-job-jar.ts";
import { stepSourcesHash } from "./step-sources-hash.ts";

const options = JSON.stringify({
  ...{ partitions: PARTITIONS, idleMs: 30_000, viewEveryMs: 1_000 },
  ...{ keepMs: 120_000, refreshMs: 10_000 },
});
const BATCH = 200;
const READINGS = 10_000;

describe("the steps in V8 inside a JVM", () => {
  const folder = temporaryFolder("plain-jvm");
  let classPath: string;
  let script: string;
  let sourcesHash: string;
  let frames: readonly Frame[];

  before(async () => {
    fetchFlinkJars(serverCache());
    const lib = join(flinkLib(serverCache()), "*");
    const jarFile = join(folder, "job.jar");
    const { bundle } = await buildJobJar({ libFolder: flinkLib(serverCache()), jarFile });
    script = bundle.script;
    sourcesHash = stepSourcesHash();
    const main = join(import.meta.dirname, "../../../test/servers/flink/PlainSteps.java");
    mkdirSync(join(folder, "classes"));
    const words = ["--release", "17", "-d", join(folder, "classes"), "-cp", `${jarFile}:${lib}`];
    execFileSync("javac", [...words, main]);
    classPath = `${join(folder, "classes")}:${jarFile}:${lib}`;
    frames = framesOf();
  });

  for (const job of ["anomaly-detection", "metrics-aggregation"]) {
    it(`answer ${READINGS} readings of ${job} with the bytes of Node, states included`, () => {
      const batches: string[] = [];
      for (let at = 0; at < frames.length; at += BATCH) {
        batches.push(
          frames
            .slice(at, at + BATCH)
            .map(encodeFrame)
            .join(""),
        );
      }
      const here = answersOfNode(job, batches);
      const there = answersOfJvm(job, batches);
      assert.equal(there.length, here.length);
      here.forEach((answer, index) => {
        assert.ok(answer.equals(there[index] ?? Buffer.alloc(0)), `answer ${index} differs`);
      });
      assert.ok(Buffer.concat(here).length > 100_000, "they say something");
    });
  }

  it("carry the hash of the sources that the embedded engine has", () => {
    const iai = runInContext(`${script}\niai`, createContext({})) as { stepSourcesHash: string };
    assert.equal(iai.stepSourcesHash, sourcesHash);
  });

  function answersOfNode(job: string, batches: readonly string[]): Buffer[] {
    const states = new Map<string, string>();
    const javaHost = { find: (key: string) => states.get(key) ?? "", place: () => "0" };
    const context = createContext({ javaHost });
    const iai = runInContext(`${script}\niai`, context) as Record<string, CallableFunction>;
    iai["open"]?.(job, options);
    iai["begin"]?.();
    const answers = batches.map((batch) => {
      const answer = String(iai["batch"]?.(batch));
      eachOutput(String(iai["flush"]?.()), (_, key, state) => states.set(key, state));
      return Buffer.from(answer);
    });
    const sorted = [...states].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [...answers, ...sorted.map(([key, state]) => Buffer.from(key + state))];
  }

  function answersOfJvm(job: string, batches: readonly string[]): Buffer[] {
    const [input, output] = [join(folder, `${job}.in`), join(folder, `${job}.out`)];
    const head = Buffer.alloc(4);
    head.writeInt32BE(batches.length);
    writeFileSync(input, Buffer.concat([head, ...batches.map(withLength)]));
    const words = ["-Xmx256m", "-XX:+UseSerialGC", `-Djava.io.tmpdir=${folder}`, "-cp", classPath];
    execFileSync("java", [...words, "PlainSteps", job, options, input, output]);
    const bytes = readFileSync(output);
    const answers: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readInt32BE(at);
      answers.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return answers;
  }
});

/** Control first, then the raw partitions in turn. */
function framesOf(): readonly Frame[] {
  const { raw, control } = clusterLogsOf([...plantLog({ seed: 5, devices: 20, seconds: 520 })]);
  const mixed: Frame[] = [...control];
  const longest = Math.max(...raw.map((log) => log.length));
  for (let at = 0; at < longest; at += 50) {
    for (const log of raw) mixed.push(...log.slice(at, at + 50));
  }
  assert.ok(mixed.length >= READINGS);
  return mixed;
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
