import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { busiestTaskManager, PlantUnderLoad } from "./plant-under-load.ts";

/** How long each server is away under load. */
const AWAY_MS = 5_000;

describe("the cluster profile while its parts die", () => {
  let plant: PlantUnderLoad;
  before(async () => {
    plant = await PlantUnderLoad.start();
  });
  after(() => plant?.stop());

  for (const name of ["kafka", "influxdb", "mysql", "redis", "nacos"] as const) {
    it(`goes on after kill -9 of ${name}`, () =>
      plant.survives(`K-${name}`, async () => {
        await plant.cluster.servers[name].kill();
        await sleep(AWAY_MS);
        await plant.cluster.servers[name].restart();
      }));
  }

  for (const role of ["ingestor", "archiver", "agent-server", "console"] as const) {
    it(`goes on after kill -9 of the ${role}`, () =>
      plant.survives(`K-${role}`, () => plant.replace(role)));
  }

  it("goes on after kill -9 of the TaskManager at work, with the one that stands by", () =>
    plant.survives("K-taskmanager", async () => {
      const { flink } = plant.cluster.servers;
      await flink.kill(await busiestTaskManager(plant.cluster));
    }));

  it("goes on after kill -9 of the JobManager, from the newest checkpoint", () =>
    plant.survives("K-jobmanager", async () => {
      const { flink } = plant.cluster.servers;
      await flink.kill("jobmanager");
      await flink.restart();
      plant.cluster.deploy();
    }));

  it("has stored every acknowledged reading exactly once", async () => {
    await plant.stopSending();
    await plant.hasStoredEachOnce();
    console.log(`${plant.acknowledged.length} readings were acknowledged`);
  });
});
