import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { aRecord, take, textOf } from "../../../../test/contract/event-bus.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { aKafkaPlant, type KafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import type { BusRecord, EventBus } from "../../../ports/event-bus.ts";

describe("groups on Kafka", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());

  const readings = (count: number, from = 0): BusRecord[] =>
    Array.from({ length: count }, (_, i) => aRecord(from + i, `PUMP_${(from + i) % 30}`));

  async function untilCarried(plant: KafkaPlant): Promise<void> {
    while ((await plant.bus.health()).carrying?.waiting !== 0) await systemClock.sleep(5);
  }

  it("divides the partitions among the processes of a group, and one takes over when another ends", async () => {
    const plant = await aKafkaPlant(kafka);
    const neighbour = await plant.neighbour();
    const [one, two] = [shareIn(plant.bus), shareIn(neighbour.bus)];
    let published = 0;
    // The group divides anew when the second one has joined.
    while (one.partitions().size + two.partitions().size !== 3 || two.partitions().size === 0) {
      await plant.bus.publish(readings(30, published));
      published += 30;
      await systemClock.sleep(50);
    }
    await until(() => one.seen.union(two.seen).size === published);
    assert.ok(one.partitions().isDisjointFrom(two.partitions()));

    await two.end();
    await plant.bus.publish(readings(300, published));
    await until(() => one.seen.union(two.seen).size === published + 300);
    assert.equal(one.partitions().size, 3);
    await one.end();
    assert.equal((await plant.bus.lag("archive")).records, 0);
    await plant.dispose();
    await neighbour.dispose();
  });

  it("gives the partitions of a process that was killed to the others", async () => {
    const plant = await aKafkaPlant(kafka);
    const folder = temporaryFolder("kafka-sharer");
    const script = join(folder, "sharer.mjs");
    writeFileSync(script, sharer);
    const child = spawn(process.execPath, [
      script,
      new URL("../../../../test/servers/kafka/kafka-plant.ts", import.meta.url).href,
      String(kafka.connection["port"]),
      plant.config.topicPrefix,
      folder,
    ]);
    let itsPartitions = 0;
    child.stderr.on("data", (bytes) => process.stderr.write(bytes));
    child.stdout.on("data", (bytes) => {
      itsPartitions = Number(String(bytes).trimEnd().split("\n").at(-1));
    });
    const one = shareIn(plant.bus);
    let published = 0;
    while (one.partitions().size + itsPartitions !== 3 || itsPartitions === 0) {
      await plant.bus.publish(readings(30, published));
      published += 30;
      await systemClock.sleep(50);
    }
    child.kill("SIGKILL");
    await plant.bus.publish(readings(300, published));
    const later = new Set(readings(300, published).map(textOf));
    await until(() => later.isSubsetOf(one.seen));
    assert.equal(one.partitions().size, 3);
    await one.end();
    await plant.dispose();
  });

  it("goes on where the group confirmed, not where somebody read to", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish(Array.from({ length: 100 }, (_, i) => aRecord(i)));
    const first = await take(plant.bus, 100, { shared: true, group: "archive" });
    const [record] = first.records;
    assert.ok(record !== undefined);
    await plant.bus.confirm("archive", { [record.partition]: 40 });
    assert.equal((await plant.bus.lag("archive")).records, 60);

    const again = await take(plant.bus, 60, { shared: true, group: "archive" });
    assert.equal(textOf(again.records[0] ?? aRecord(-1)), "P1:40");
    const alone = await take(plant.bus, 60, { group: "archive" });
    assert.equal(textOf(alone.records[0] ?? aRecord(-1)), "P1:40");
    const all = await take(plant.bus, 100, { group: "archive", from: {} });
    assert.equal(textOf(all.records[0] ?? aRecord(-1)), "P1:0");
    await plant.dispose();
  });

  it("never moves a group back", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish(Array.from({ length: 10 }, (_, i) => aRecord(i)));
    const { records } = await take(plant.bus, 10);
    const partition = records[0]?.partition ?? "";
    await plant.bus.confirm("test", { [partition]: 8 });
    await plant.bus.confirm("test", { [partition]: 3 });
    assert.equal((await plant.bus.lag("test")).records, 2);
    await plant.dispose();
  });

  it("leaves a group to its members when somebody else confirms for it", async () => {
    const plant = await aKafkaPlant(kafka);
    const neighbour = await plant.neighbour();
    await plant.bus.publish(readings(90));
    const one = shareIn(plant.bus);
    await until(() => one.seen.size === 90);
    while ((await plant.bus.lag("archive", ["raw_sensor_data"])).records > 0)
      await systemClock.sleep(20);
    // It read once itself, and comes late with what it knows.
    await neighbour.bus.confirm("archive", { "raw_sensor_data-0": 1 });
    assert.equal((await neighbour.bus.health()).carrying?.away ?? null, null);
    assert.equal((await plant.bus.lag("archive")).records, 0);
    await one.end();
    await neighbour.bus.confirm("archive", { "raw_sensor_data-0": 1 });
    assert.equal((await plant.bus.lag("archive")).records, 0);
    await plant.dispose();
    await neighbour.dispose();
  });

  it("tells how far a group is behind, partition by partition, also one that never read", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish([...readings(300), aRecord(1, "*", "control")]);
    await untilCarried(plant);
    const never = await plant.bus.lag("archive", ["raw_sensor_data"]);
    assert.equal(never.records, 300);
    assert.deepEqual(
      never.partitions.map(({ committed }) => committed),
      [null, null, null],
    );
    assert.equal((await plant.bus.lag("archive")).records, 0, "it has no topic yet");

    const { next } = await take(plant.bus, 300, {
      group: "archive",
      topics: ["raw_sensor_data"],
      shared: true,
    });
    await plant.bus.confirm("archive", next);
    await plant.bus.publish(readings(7, 300));
    await untilCarried(plant);
    const lag = await plant.bus.lag("archive");
    assert.equal(lag.records, 7);
    assert.equal(lag.partitions.length, 3);
    for (const { end, committed, records } of lag.partitions)
      assert.equal(records, end - (committed ?? 0));
    await plant.dispose();
  });

  it("confirms later what it cannot confirm now, and does not fail", async () => {
    const plant = await aKafkaPlant(kafka, { config: { lagEveryMs: 200 } });
    await plant.bus.publish(Array.from({ length: 10 }, (_, i) => aRecord(i)));
    const { next } = await take(plant.bus, 10);
    await kafka.kill();
    await plant.bus.confirm("test", next);
    await kafka.restart();
    while (await isBehind(plant.bus)) await systemClock.sleep(50);
    await plant.dispose();
  });

  it("refuses new readings before unread ones are deleted, takes the rest, and readings again when they are read", async () => {
    const plant = await aKafkaPlant(kafka, {
      config: { retentionMs: 3_000, lagEveryMs: 100 },
      deps: { groups: [{ group: "archive", topics: ["raw_sensor_data"] }] },
    });
    await plant.bus.publish(readings(30));
    await plant.log.heard("bus.group.behind");
    assert.equal((await plant.bus.health()).refusing, null);
    await plant.log.heard("bus.group.near_loss");
    assert.equal((await plant.bus.health()).refusing?.code, "BUS_BEHIND");
    await assert.rejects(plant.bus.publish(readings(1, 30)), (f) => isCode(f, "BUS_BEHIND"));
    await plant.bus.publish([aRecord(1, "*", "control")]);

    const { next } = await take(plant.bus, 30, { group: "archive", topics: ["raw_sensor_data"] });
    await plant.bus.confirm("archive", next);
    await plant.log.heard("bus.group.caught_up");
    await plant.bus.publish(readings(1, 30));
    await plant.dispose();
  });

  it("refuses as well when the size that Kafka keeps is almost used up by what is unread", async () => {
    const plant = await aKafkaPlant(kafka, {
      config: { partitions: 1, retentionBytes: 10_000, lagEveryMs: 100 },
      deps: { groups: [{ group: "archive", topics: ["raw_sensor_data"] }] },
    });
    const publishing = async (): Promise<void> => {
      for (let i = 0; i < 10_000; i += 1) await plant.bus.publish(readings(30, i * 30));
    };
    await assert.rejects(publishing(), (failure) => isCode(failure, "BUS_BEHIND"));
    assert.equal((await plant.bus.health()).refusing?.code, "BUS_BEHIND");
    await plant.dispose();
  });
});

/** An archiver of the group that notes what it saw and which partitions it had last. */
function shareIn(bus: EventBus) {
  const abort = new AbortController();
  const seen = new Set<string>();
  let partitions: ReadonlySet<string> = new Set();
  const run = async (): Promise<void> => {
    const { signal } = abort;
    const options = { topics: ["raw_sensor_data"], group: "archive", from: null } as const;
    for await (const batch of bus.subscribe({ ...options, shared: true, signal })) {
      for (const record of batch.records) seen.add(textOf(record));
      partitions = new Set(Object.keys(batch.next));
      await bus.confirm("archive", batch.next);
    }
  };
  const running = run();
  return {
    seen,
    partitions: () => partitions,
    end: async () => {
      abort.abort();
      await running;
    },
  };
}

/** The same in a process of its own; prints how many partitions it has. */
const sharer = `
const { aKafkaPlant } = await import(process.argv[2]);
const config = { topicPrefix: process.argv[4], groupPrefix: process.argv[4] };
const kafka = { connection: { port: process.argv[3] } };
const { bus } = await aKafkaPlant(kafka, { config, dataDir: process.argv[5] });
const { signal } = new AbortController();
const options = { topics: ["raw_sensor_data"], group: "archive", from: null, shared: true, signal };
for await (const batch of bus.subscribe(options)) {
  await bus.confirm("archive", batch.next);
  process.stdout.write(Object.keys(batch.next).length + "\\n");
}
`;

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await systemClock.sleep(20);
}

async function isBehind(bus: KafkaPlant["bus"]): Promise<boolean> {
  return await bus.lag("test", ["raw_sensor_data"]).then(
    ({ records }) => records > 0,
    () => true,
  );
}
