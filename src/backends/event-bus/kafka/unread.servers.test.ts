import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { aRecord, take } from "../../../../test/contract/event-bus.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aKafkaPlant, type KafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import type { BusPosition, BusRecord } from "../../../ports/event-bus.ts";
import { encodeRawTick, tickKeys } from "../../../wire/raw-record.ts";

const PARTITIONS = 3;

const ticks = (at: number): readonly BusRecord[] =>
  tickKeys(PARTITIONS).map((key) => ({
    ...{ topic: "raw_sensor_data", key },
    value: encodeRawTick({ at, configVersion: 1 }),
  }));
const readings = (count: number): readonly BusRecord[] =>
  Array.from({ length: count }, (_, i) => aRecord(i, `PUMP_${i}`));

describe("what is still to be read on Kafka", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());

  /** Everything that the raw topic holds now. */
  async function endsOf(plant: KafkaPlant, records: number): Promise<BusPosition> {
    return (await take(plant.bus, records, { from: {} })).next;
  }

  it("is nothing where ticks alone are unread, in whatever place readings stand", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish([...readings(9), ...ticks(1)]);
    const from = await endsOf(plant, 12);
    await plant.bus.publish([...ticks(2), ...ticks(3)]);
    const to = await endsOf(plant, 18);
    assert.equal(await plant.bus.unread({ from, to }), 0);
    assert.equal(await plant.bus.unread({ from: {}, to }), 9);
    await plant.bus.publish([...ticks(4), ...readings(4), ...ticks(5)]);
    const later = await endsOf(plant, 28);
    assert.equal(await plant.bus.unread({ from, to: later }), 4);
    assert.equal(await plant.bus.unread({ from: later, to: later }), 0);
    // Several ask at the same time, for different parts.
    const asked = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? from : {}));
    const counts = await Promise.all(asked.map((begin) => plant.bus.unread({ from: begin, to })));
    assert.deepEqual(
      counts,
      asked.map((begin) => (begin === from ? 0 : 9)),
    );
    await plant.dispose();
  });

  it("is every record where there are many", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish([...readings(600), ...ticks(1)]);
    const to = await endsOf(plant, 603);
    assert.equal(await plant.bus.unread({ from: {}, to }), 603);
    await plant.dispose();
  });

  it("is not known while Kafka is away, and is when it is back", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish([...readings(3), ...ticks(1)]);
    const to = await endsOf(plant, 6);
    assert.equal(await plant.bus.unread({ from: {}, to }), 3);
    await kafka.kill();
    await assert.rejects(plant.bus.unread({ from: {}, to }), (failure) =>
      isCode(failure, "BUS_UNREACHABLE"),
    );
    await kafka.restart();
    assert.equal(await plant.bus.unread({ from: {}, to }), 3);
    await plant.dispose();
  });
});
