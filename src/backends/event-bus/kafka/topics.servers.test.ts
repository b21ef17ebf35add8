import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { aRecord, take, textOf } from "../../../../test/contract/event-bus.ts";
import { aKafkaPlant, type KafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { atKafka } from "../../../../test/servers/kafka/kafka-records.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { busTopics } from "./codec.ts";

const kept = ["cleanup.policy", "retention.ms", "retention.bytes"] as const;
const forEver = ["delete", "-1", "-1"];
const aDay = ["delete", String(24 * 3_600_000), String(20 * 1024 ** 3)];

describe("topics on Kafka", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());

  /** Partitions and settings of a topic, asked with the vendor's client. */
  const standing = (resourceName: string): Promise<readonly unknown[]> =>
    atKafka(kafka, async (admin) => {
      const { topics } = await admin.metadata({ topics: [resourceName] });
      const resources = [{ resourceType: 2, resourceName } as const];
      const [found] = await admin.describeConfigs({ resources });
      const settingOf = (key: string) => found?.configs.find(({ name }) => name === key)?.value;
      return [topics.get(resourceName)?.partitionsCount, ...kept.map(settingOf)];
    });
  const use = async (plant: KafkaPlant): Promise<void> => {
    await plant.bus.publish([aRecord(1)]);
    await take(plant.bus, 1);
  };

  it("have the partitions and the retention that the design gives them", async () => {
    const plant = await aKafkaPlant(kafka);
    await use(plant);
    const found = await Promise.all(
      busTopics.map(async (topic) => [
        topic,
        ...(await standing(plant.config.topicPrefix + topic)),
      ]),
    );
    assert.deepEqual(found, [
      ["raw_sensor_data", 3, ...aDay],
      ["control", 1, ...forEver],
      ["alerts", 3, ...aDay],
      ["anomalies", 3, ...aDay],
      ["aggregates", 3, ...aDay],
      ["dead_letters", 1, ...aDay],
    ]);
    await plant.dispose();
  });

  it("keep configuration for ever from the next start on, where it was bounded or compacted before", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish([aRecord(1, "*", "control"), aRecord(2, "*", "control")]);
    await take(plant.bus, 2, { topics: ["control"] });
    const topic = `${plant.config.topicPrefix}control`;
    const wrong = [
      { name: "cleanup.policy", value: "compact,delete", configOperation: 0 },
      { name: "retention.ms", value: "86400000", configOperation: 0 },
      { name: "retention.bytes", value: "1000000", configOperation: 0 },
    ] as const;
    await atKafka(kafka, (admin) =>
      admin.incrementalAlterConfigs({
        resources: [{ resourceType: 2, resourceName: topic, configs: [...wrong] }],
      }),
    );
    const bus = await plant.reopen();
    const { records } = await take(bus, 2, { topics: ["control"], from: {} });
    assert.deepEqual(records.map(textOf), ["*:1", "*:2"]);
    assert.deepEqual(await standing(topic), [1, ...forEver]);
    await plant.dispose();
  });

  it("leave other topics of a plant as they were found", async () => {
    const plant = await aKafkaPlant(kafka, { config: { retentionMs: 7_200_000 } });
    await use(plant);
    const later = await plant.neighbour({ retentionMs: 3_600_000 });
    await use(later);
    const [, , retentionMs] = await standing(`${plant.config.topicPrefix}alerts`);
    assert.equal(retentionMs, "7200000");
    await plant.dispose();
    await later.dispose();
  });
});
