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
import {
  type FlinkPlant,
  type FlinkServers,
  openFlinkPlant,
  startFlinkServers,
} from "../../../../test/servers/flink/flink-plant.ts";
import type { Frame } from "../../../wire/engine-frames.ts";

/** With the recordings about 200,000 readings; without them 176,000. */
const DEVICES = 160;
const SECONDS = 1_100;
/** Slow enough that a kill hits the jobs at work. */
const FEED_PER_SECOND = 8_000;

describe("the jobs inside Flink", () => {
  const folder = temporaryFolder("flink-parity");
  let servers: FlinkServers;
  let logs: ClusterLogs;
  let minutes: Minutes;
  const expected = new EmbeddedOutputs(hashed);

  before(async () => {
    servers = await startFlinkServers(folder);
    const steps: LoggedStep[] = [];
    const recorded = await recordedPumps();
    for (const step of plantLog({ seed: 4, devices: DEVICES, seconds: SECONDS, recorded })) {
      expected.add(step);
      steps.push({ event: step.event, said: [] });
    }
    const readings = steps.flatMap(({ event }) => (event.kind === "reading" ? event.reading : []));
    assert.ok(readings.length > 170_000 && expected.transitions.size > 1_000);
    logs = clusterLogsOf(steps);
    minutes = await storedMinutes(readings);
  });
  after(() => servers.stop());

  const check = async (plant: FlinkPlant): Promise<void> => {
    assert.deepEqual(await plant.outputs("dead_letters"), []);
    const anomalies = await plant.outputs("anomalies");
    const alerts = await plant.outputs("alerts");
    assertSameOutputs(clusterOutputs(anomalies, alerts, hashed), expected);
    const recomputed = assertSameMinutes(await plant.outputs("aggregates"), minutes);
    assert.ok(recomputed < minutes.size / 10, `${recomputed} of ${minutes.size} came too late`);
  };

  it("say what the embedded engine says, to the byte, rescaled from 1 to 2 to 3 subtasks", async (t) => {
    const plant = await openFlinkPlant(servers);
    t.after(() => plant.close());
    for (const [index, part] of thirdsOf(logs).entries()) {
      await feed(plant, part);
      const jobs = await plant.deploy(index + 1);
      // The first begins; the others go on from the savepoint that the deployment took.
      assert.ok(jobs.every(({ restoredFrom }) => (restoredFrom === null) === (index === 0)));
    }
    await plant.settled();
    await check(plant);
  });

  it("say the same when a task manager that runs them is killed half-way", async (t) => {
    const plant = await openFlinkPlant(servers);
    t.after(() => plant.close());
    await plant.deploy(2);
    await plant.append("control", logs.control);
    const fed = plant.append("raw_sensor_data", mixed(logs.raw), FEED_PER_SECOND);
    await plant.reached("anomalies", expected.signals.size / 3);
    const [atWork] = await plant.taskManagersAtWork();
    await servers.flink.kill(atWork);
    await fed;
    await plant.settled();
    await check(plant);
    await servers.flink.restart();
  });

  it("say the same when the job manager is killed and the jobs go on from their newest checkpoints", async (t) => {
    const plant = await openFlinkPlant(servers);
    t.after(() => plant.close());
    await plant.deploy(2);
    await plant.append("control", logs.control);
    const fed = plant.append("raw_sensor_data", mixed(logs.raw), FEED_PER_SECOND);
    await plant.reached("anomalies", expected.signals.size / 3);
    await servers.flink.kill("jobmanager");
    await servers.flink.restart();
    const jobs = await plant.deploy(2);
    assert.ok(jobs.every(({ restoredFrom }) => restoredFrom?.includes("/chk-")));
    await fed;
    await plant.settled();
    await check(plant);
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
