import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { busiestTaskManager, PlantUnderLoad } from "./plant-under-load.ts";

type Frozen = "kafka" | "influxdb" | "mysql" | "redis" | "nacos" | "taskmanager" | "jobmanager";

/** Long enough that every timeout, lease, session and heartbeat has run out before it goes on. */
const STILL_MS = 60_000;

/**
 * Servers that stand still: their connections stay open and nothing answers, which is worse than death. Two suites
 * share this, so that each stays within the time that one file may take.
 */
export function standstillSuite(names: readonly Frozen[]): void {
  describe(`the cluster profile while ${names.join(", ")} stand still for a minute each`, () => {
    let plant: PlantUnderLoad;
    before(async () => {
      plant = await PlantUnderLoad.start();
    });
    after(() => plant?.stop());

    for (const name of names) {
      it(`loses no alarm, doubles none, and has nothing left to do soon after ${name} goes on`, async () => {
        const before = plant.acknowledged.length;
        let drainedMs = 0;
        await plant.survives(`F-${name}`, async () => {
          const goOn = await freeze(plant, name);
          await sleep(STILL_MS);
          const during = plant.acknowledged.length - before;
          goOn();
          drainedMs = await plant.drains();
          const took = (drainedMs / 1_000).toFixed(1);
          console.log(
            `${name}: ${during} readings accepted meanwhile; idle ${took} s after its return`,
          );
        });
      });
    }

    it("has stored every acknowledged reading exactly once", async () => {
      await plant.stopSending();
      await plant.hasStoredEachOnce();
      console.log(`${plant.acknowledged.length} readings were acknowledged`);
    });
  });
}

/** Answers what lets it go on. */
async function freeze({ cluster }: PlantUnderLoad, name: Frozen): Promise<() => void> {
  const isOfFlink = name === "taskmanager" || name === "jobmanager";
  const server = cluster.servers[isOfFlink ? "flink" : name];
  const process =
    name === "taskmanager"
      ? await busiestTaskManager(cluster)
      : name === "jobmanager"
        ? name
        : undefined;
  server.freeze(process);
  return () => server.thaw(process);
}
