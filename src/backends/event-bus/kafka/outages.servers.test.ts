import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { aRecord, take, textOf } from "../../../../test/contract/event-bus.ts";
import { openHangingNetwork } from "../../../../test/servers/kafka/hanging-network.ts";
import { aKafkaPlant, type KafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { atKafka, countIn, recordsIn } from "../../../../test/servers/kafka/kafka-records.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import type { BusRecord, DeliveredRecord } from "../../../ports/event-bus.ts";

describe("the bus while Kafka fails", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());

  const devices = Array.from({ length: 20 }, (_, i) => `PUMP_${i}`);

  /** `count` readings, round robin over the devices, each with its number within its device. */
  const readings = (count: number, from = 0): BusRecord[] =>
    Array.from({ length: count }, (_, i) => {
      const number = from + i;
      return aRecord(Math.floor(number / devices.length), devices[number % devices.length]);
    });

  async function publishAll(plant: KafkaPlant, records: readonly BusRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += 500)
      await plant.bus.publish(records.slice(at, at + 500));
  }

  /** Each device's readings 0, 1, 2 …: none missing, none twice, none before its time. */
  function assertExact(records: readonly DeliveredRecord[], count: number): void {
    assert.equal(records.length, count);
    const next = new Map<string, number>();
    for (const record of records) {
      const number = next.get(record.key) ?? 0;
      assert.equal(textOf(record), `${record.key}:${number}`);
      next.set(record.key, number + 1);
    }
  }

  /** Nothing is missing in Kafka, and whatever is there again says the same of itself as the first time. */
  async function assertRepeatsAreRecognisable(plant: KafkaPlant, count: number): Promise<number> {
    const stored = await recordsIn(kafka, `${plant.config.topicPrefix}raw_sensor_data`);
    const byOrigin = new Map<string, string>();
    for (const { origin, key, value } of stored) {
      assert.ok(origin !== null);
      const said = `${key} ${value}`;
      assert.equal(byOrigin.get(origin) ?? said, said);
      byOrigin.set(origin, said);
    }
    assert.equal(byOrigin.size, count);
    return stored.length - count;
  }

  it("accepts readings while Kafka is down from the start, and all arrive in order when it is there", async () => {
    await kafka.kill();
    const plant = await aKafkaPlant(kafka);
    await publishAll(plant, readings(2_000));
    const { carrying, refusing } = await plant.bus.health();
    assert.equal(refusing, null);
    assert.equal(carrying?.waiting, 2_000);
    await plant.log.heard("bus.away");
    assert.notEqual((await plant.bus.health()).carrying?.away ?? null, null);

    await kafka.restart();
    const { records } = await take(plant.bus, 2_000);
    assertExact(records, 2_000);
    await plant.log.heard("bus.connected");
    await plant.dispose();
  });

  it("goes on by itself, for writers and readers, when Kafka goes and comes", async () => {
    const plant = await aKafkaPlant(kafka);
    await publishAll(plant, readings(1_000));
    const reading = take(plant.bus, 3_000);
    await kafka.kill();
    await publishAll(plant, readings(1_000, 1_000));
    await kafka.restart();
    await publishAll(plant, readings(1_000, 2_000));
    assertExact((await reading).records, 3_000);
    await plant.dispose();
  });

  it("loses nothing when Kafka is killed in the middle of 20,000 records, and repeats are recognisable", async (test) => {
    const plant = await aKafkaPlant(kafka);
    const topic = `${plant.config.topicPrefix}raw_sensor_data`;
    const reading = take(plant.bus, 20_000);
    const publishing = publishAll(plant, readings(20_000));
    while (plant.bus.counters().carried < 4_000) await systemClock.sleep(1);
    await kafka.kill();
    const carried = plant.bus.counters().carried;
    assert.ok(carried < 20_000, `${carried} were carried before the kill`);
    await publishing;
    await kafka.restart();

    assertExact((await reading).records, 20_000);
    const repeats = await assertRepeatsAreRecognisable(plant, 20_000);
    test.diagnostic(`killed after ${carried} records, ${repeats} repeats in Kafka`);
    assert.ok((await countIn(kafka, topic)) >= 20_000);
    await plant.dispose();
  });

  it("loses nothing while Kafka is frozen for longer than a request may take", async (test) => {
    const plant = await aKafkaPlant(kafka, { config: { requestTimeoutMs: 1_000 } });
    const reading = take(plant.bus, 20_000);
    const publishing = publishAll(plant, readings(20_000));
    while (plant.bus.counters().carried < 4_000) await systemClock.sleep(1);
    kafka.freeze();
    await publishing;
    // By then requests were given up and sent again several times.
    await plant.log.heard("bus.away");
    await systemClock.sleep(3_000);
    kafka.thaw();
    assertExact((await reading).records, 20_000);
    const repeats = await assertRepeatsAreRecognisable(plant, 20_000);
    test.diagnostic(`${repeats} repeats in Kafka, ${plant.bus.counters().repeats} left out`);
    await plant.dispose();
  });

  it("closes in a few seconds while Kafka is frozen, and carries what is left at its next start", async () => {
    const plant = await aKafkaPlant(kafka);
    await publishAll(plant, readings(100));
    while ((await plant.bus.health()).carrying?.waiting !== 0) await systemClock.sleep(5);
    kafka.freeze();
    await publishAll(plant, readings(100, 100));
    const startedAt = systemClock.monotonic();
    await plant.bus.close();
    const tookMs = systemClock.monotonic() - startedAt;
    kafka.thaw();
    // 5 s for the rest, 2 s for each of three good-byes; the remainder is for a busy machine.
    assert.ok(tookMs < 15_000, `${tookMs} ms`);
    await plant.reopen();
    assertExact((await take(plant.bus, 200)).records, 200);
    await plant.dispose();
  });

  it("loses nothing when its own process is killed in the middle, and says the same again", async (test) => {
    const dataDir = mkdtempSync(join(tmpdir(), "iai-kafka-killed-"));
    const script = join(dataDir, "writer.mjs");
    writeFileSync(script, endlessWriter);
    const child = spawn(process.execPath, [
      script,
      new URL("../../../../test/servers/kafka/kafka-plant.ts", import.meta.url).href,
      String(kafka.connection["port"]),
      dataDir,
    ]);
    let said = "";
    await new Promise((resolve) => {
      child.stderr.on("data", (bytes) => process.stderr.write(bytes));
      child.stdout.on("data", (bytes) => {
        said += bytes;
        const [, carried] = said.trimEnd().split("\n").at(-1)?.split(" ") ?? [];
        if (Number(carried) > 3_000) child.kill("SIGKILL");
      });
      child.on("close", resolve);
    });
    const acknowledged = Number(said.trimEnd().split("\n").at(-1)?.split(" ")[0]);

    const plant = await aKafkaPlant(kafka, {
      dataDir,
      config: { topicPrefix: "killed.", groupPrefix: "killed." },
    });
    const { records } = await take(plant.bus, acknowledged);
    assert.ok(records.length >= acknowledged);
    for (const [number, record] of records.entries()) assert.equal(textOf(record), `P1:${number}`);
    const repeats = await assertRepeatsAreRecognisable(plant, records.length);
    test.diagnostic(`killed after ${acknowledged} acknowledged, ${repeats} repeats in Kafka`);
    await plant.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("passes over what Kafka will never take, hands it on, and carries the others", async () => {
    const refused: DeliveredRecord[] = [];
    let isReady = false;
    const plant = await aKafkaPlant(kafka, {
      deps: {
        onRefused: async (record) => {
          // Who takes over may fail at first: then the record is kept.
          if (!isReady) {
            isReady = true;
            throw new Error("not now");
          }
          refused.push(record);
        },
      },
    });
    // No compression makes it smaller than the broker's limit of 1 MiB.
    const huge = randomBytes(1_500_000);
    await plant.bus.publish([
      ...readings(100),
      { topic: "raw_sensor_data", key: "HUGE", value: huge },
      ...readings(100, 100),
    ]);
    const { records } = await take(plant.bus, 200);
    assertExact(records, 200);
    await plant.log.heard("bus.record.refused");
    assert.deepEqual(
      refused.map(({ key, value }) => [key, value.byteLength]),
      [["HUGE", 1_500_000]],
    );
    assert.equal(plant.bus.counters().refused, 1);
    await plant.dispose();
  });

  it("builds a reader anew whose connection gives no answer any more", async () => {
    const { proxyPort, proxiedPort } = kafka.connection;
    const network = await openHangingNetwork(Number(proxyPort), Number(proxiedPort));
    const writer = await aKafkaPlant(kafka);
    const reader = await writer.neighbour({
      brokers: [`127.0.0.1:${proxyPort}`],
      // Only the watch can end the wait.
      requestTimeoutMs: 600_000,
      stallMs: 1_000,
    });
    await publishAll(writer, readings(100));
    const records: DeliveredRecord[] = [];
    const abort = new AbortController();
    const { signal } = abort;
    const options = { topics: ["raw_sensor_data"], group: "test", from: null, signal } as const;
    for await (const batch of reader.bus.subscribe(options)) {
      records.push(...batch.records);
      if (records.length === 100 && batch.records.length > 0) {
        network.hangReaders();
        await publishAll(writer, readings(100, 100));
      }
      if (records.length >= 200) abort.abort();
    }
    assertExact(records, 200);
    await reader.log.heard("bus.reader.rebuilt");
    assert.equal(reader.bus.counters().rebuilt, 1);
    await reader.dispose();
    await writer.dispose();
    await network.close();
  });

  it("says how many records were deleted before they were read, and goes on behind them", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish(Array.from({ length: 100 }, (_, i) => aRecord(i)));
    const { next, records } = await take(plant.bus, 100);
    const partition = records[0]?.partition ?? "";
    await plant.bus.publish(Array.from({ length: 100 }, (_, i) => aRecord(100 + i)));
    while ((await plant.bus.health()).carrying?.waiting !== 0) await systemClock.sleep(5);
    await atKafka(kafka, (admin) =>
      admin.deleteRecords({
        topics: [
          {
            name: `${plant.config.topicPrefix}raw_sensor_data`,
            partitions: [{ partition: Number(partition.at(-1)), offset: 160n }],
          },
        ],
      }),
    );
    const later = await take(plant.bus, 40, { from: next });
    assert.equal(textOf(later.records[0] ?? aRecord(-1)), "P1:160");
    assert.equal(plant.bus.counters().lost, 60);
    assert.deepEqual(await plant.log.heard("bus.records.lost"), {
      group: "test",
      partition,
      from: 100,
      to: 160,
    });
    await plant.dispose();
  });

  it("carries an outbox again from its beginning that was put in the place of another", async () => {
    const plant = await aKafkaPlant(kafka);
    await plant.bus.publish(Array.from({ length: 50 }, (_, i) => aRecord(i)));
    await take(plant.bus, 50);
    await plant.bus.close();
    rmSync(join(plant.dataDir, "log.db"));
    const bus = await plant.reopen();
    await bus.publish([aRecord(50), aRecord(51)]);
    const { records } = await take(bus, 52);
    assert.deepEqual(
      records.map(textOf),
      Array.from({ length: 52 }, (_, i) => `P1:${i}`),
    );
    await plant.dispose();
  });
});

/** Publishes until it is killed, and prints what is acknowledged and what is carried. */
const endlessWriter = `
const { aKafkaPlant } = await import(process.argv[2]);
const config = { topicPrefix: "killed.", groupPrefix: "killed." };
const kafka = { connection: { port: process.argv[3] } };
const { bus } = await aKafkaPlant(kafka, { config, dataDir: process.argv[4] });
for (let i = 0; ; i += 100) {
  while (i - bus.counters().carried > 2_000) await new Promise((next) => setImmediate(next));
  const texts = Array.from({ length: 100 }, (_, n) => "P1:" + (i + n));
  await bus.publish(texts.map((text) => ({ topic: "raw_sensor_data", key: "P1", value: Buffer.from(text) })));
  process.stdout.write(i + 100 + " " + bus.counters().carried + "\\n");
}
`;
