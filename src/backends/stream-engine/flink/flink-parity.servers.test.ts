import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  assertSameOutputs,
  clusterOutputs,
  EmbeddedOutputs,
  hashed,
} from "../../../../test/fixtures/engine-outputs.ts";
import { type ClusterLogs, clusterLogsOf } from "../../../../test/fixtures/flink-run.ts";
import { type LoggedStep, plantLog } from "../../../../test/fixtures/plant-log.ts";
import { recordedPumps } from "../../../../test/fixtures/recorded-pumps.ts";
import {
  assertSameMinutes,
  type Minutes,
  storedMinutes,
} from "../../../../test/fixtures/stored-minutes.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { aReading, startAt } from "../../../../test/fixtures/watched-device.ts";
import {
  type FlinkPlant,
  type FlinkServers,
  openFlinkPlant,
  startFlinkServers,
} from "../../../../test/servers/flink/flink-plant.ts";
import type { DeadLetter } from "../../../wire/dead-letter.ts";
import type { Frame } from "../../../wire/engine-frames.ts";
import { encodeReading } from "../../../wire/stream-codec.ts";

/** Slow enough that a kill hits the jobs at work. */
const FEED_PER_SECOND = 6_000;

/** A plant's day as the cluster's topics hold it, and what must come of it. */
interface Day {
  readonly logs: ClusterLogs;
  readonly expected: EmbeddedOutputs;
  readonly minutes: Minutes;
  readonly readings: number;
}

async function aDay(options: Parameters<typeof plantLog>[0]): Promise<Day> {
  const expected = new EmbeddedOutputs(hashed);
  const steps: LoggedStep[] = [];
  for (const step of plantLog(options)) {
    expected.add(step);
    steps.push({ event: step.event, said: [] });
  }
  const readings = steps.flatMap(({ event }) => (event.kind === "reading" ? event.reading : []));
  const minutes = await storedMinutes(readings);
  return { logs: clusterLogsOf(steps), expected, minutes, readings: readings.length };
}

async function check(plant: FlinkPlant, { expected, minutes }: Day): Promise<void> {
  assert.deepEqual(await plant.outputs("dead_letters"), []);
  const anomalies = await plant.outputs("anomalies");
  const alerts = await plant.outputs("alerts");
  assertSameOutputs(clusterOutputs(anomalies, alerts, hashed), expected);
  const recomputed = assertSameMinutes(await plant.outputs("aggregates"), minutes);
  assert.ok(recomputed < minutes.size / 10, `${recomputed} of ${minutes.size} came too late`);
}

describe("the jobs inside Flink", () => {
  const folder = temporaryFolder("flink-parity");
  let servers: FlinkServers;
  before(async () => {
    servers = await startFlinkServers(folder);
  });
  after(() => servers.stop());

  it("say what the embedded engine says, to the byte, rescaled from 1 to 2 to 3 subtasks", async (t) => {
    // With the recordings about 200,000 readings; without them 176,000.
    const recorded = await recordedPumps();
    const day = await aDay({ seed: 4, devices: 160, seconds: 1_100, recorded });
    assert.ok(day.readings > 170_000);
    assert.ok(day.expected.transitions.size > 500 && day.expected.episodes.size > 1_000);
    const plant = await openFlinkPlant(servers);
    t.after(() => plant.close());
    for (const [index, part] of thirdsOf(day.logs).entries()) {
      await feed(plant, part);
      const jobs = await plant.deploy(index + 1);
      // The first begins; the others go on from the savepoint that the deployment took.
      assert.ok(jobs.every(({ restoredFrom }) => (restoredFrom === null) === (index === 0)));
    }
    await plant.settled();
    await check(plant, day);
  });

  it("say the same when a task manager at work is killed, and later the job manager", async (t) => {
    const day = await aDay({ seed: 9, devices: 80, seconds: 1_000 });
    const plant = await openFlinkPlant(servers);
    t.after(() => plant.close());
    await plant.deploy(2);
    await plant.append("control", day.logs.control);
    const fed = plant.append("raw_sensor_data", mixed(day.logs.raw), FEED_PER_SECOND);
    await plant.reached("anomalies", day.expected.signals.size / 4);
    const [atWork] = await plant.taskManagersAtWork();
    await servers.flink.kill(atWork);
    await plant.reached("anomalies", day.expected.signals.size / 2);
    await servers.flink.kill("jobmanager");
    await servers.flink.restart();
    const jobs = await plant.deploy(3);
    // Of no job was a savepoint taken: each goes on from the newest checkpoint of the killed cluster.
    assert.ok(jobs.every(({ restoredFrom }) => restoredFrom?.includes("/chk-")));
    await fed;
    await plant.settled();
    await check(plant, day);
  });

  it("keep a record that they cannot read, whole and with its place, and go on", async (t) => {
    const plant = await openFlinkPlant(servers, { checkpointEveryMs: 500 });
    t.after(() => plant.close());
    const place = { source: "r", partition: 1, offset: 0, origin: "" } as const;
    const good = encodeReading(aReading({ flow: 3 }, { measuredAt: startAt }));
    await plant.append("raw_sensor_data", [
      { ...place, key: "PUMP_01", value: "\u0007nonsense" },
      { ...place, key: "PUMP_01", value: Buffer.from(good).toString("latin1") },
    ]);
    const jobs = await plant.deploy(1);
    await plant.settled();
    const letters = (await plant.outputs("dead_letters")).map(
      ({ value }) => JSON.parse(value) as DeadLetter,
    );
    assert.deepEqual(letters.map(({ job }) => job).toSorted(), [
      "anomaly-detection",
      "metrics-aggregation",
    ]);
    for (const { topic, partition, offset, key, value } of letters) {
      assert.deepEqual(
        [topic, partition, offset, key, value],
        ["raw_sensor_data", 1, 0, "PUMP_01", "\u0007nonsense"],
      );
    }
    const [view] = await plant.outputs("anomalies");
    assert.equal(view?.key, "PUMP_01");
    for (const { jobId } of jobs) assert.equal(await plant.rest.failure(jobId), null);
  });
});

/** Control before the readings that need it and, in the second part, after them. */
async function feed(plant: FlinkPlant, { raw, control }: ClusterLogs): Promise<void> {
  await plant.append("control", control);
  await plant.append("raw_sensor_data", mixed(raw));
}

/** The partitions in turn. */
function mixed(raw: readonly (readonly Frame[])[]): readonly Frame[] {
  const all: Frame[] = [];
  const longest = Math.max(...raw.map((log) => log.length));
  for (let at = 0; at < longest; at += 100) {
    for (const log of raw) all.push(...log.slice(at, at + 100));
  }
  return all;
}

function thirdsOf({ raw, control }: ClusterLogs): readonly ClusterLogs[] {
  const third = (log: readonly Frame[], index: number): Frame[] =>
    log.slice(Math.floor((log.length * index) / 3), Math.floor((log.length * (index + 1)) / 3));
  return [0, 1, 2].map((index) => ({
    raw: raw.map((log) => third(log, index)),
    control: third(control, index),
  }));
}
