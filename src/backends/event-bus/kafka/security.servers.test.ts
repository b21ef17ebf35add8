import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { aRecord, take, textOf } from "../../../../test/contract/event-bus.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { aKafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import type { KafkaEventBusConfig } from "./config.ts";

describe("passwords and TLS towards Kafka", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());
  const folder = temporaryFolder("kafka-secret");

  const secured = (): Partial<KafkaEventBusConfig> => ({
    brokers: [`127.0.0.1:${kafka.connection["saslPort"]}`],
    tls: true,
    tlsCaFile: String(kafka.connection["caFile"]),
    saslMechanism: "SCRAM-SHA-512",
    username: String(kafka.connection["username"]),
    password: String(kafka.connection["password"]),
  });

  for (const saslMechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    it(`publishes and reads, alone and in a group, over TLS as a user with ${saslMechanism}`, async () => {
      const plant = await aKafkaPlant(kafka, { config: { ...secured(), saslMechanism } });
      await plant.bus.publish([aRecord(1), aRecord(2)]);
      assert.deepEqual((await take(plant.bus, 2)).records.map(textOf), ["P1:1", "P1:2"]);
      const { records, next } = await take(plant.bus, 2, { group: "archive", shared: true });
      assert.deepEqual(records.map(textOf), ["P1:1", "P1:2"]);
      await plant.bus.confirm("archive", next);
      assert.equal((await plant.bus.lag("archive")).records, 0);
      await plant.dispose();
    });
  }

  it("reads the password from a file", async () => {
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, `${kafka.connection["password"]}\n`, { mode: 0o600 });
    const config = { ...secured(), password: null, passwordFile };
    const plant = await aKafkaPlant(kafka, { config });
    await plant.bus.publish([aRecord(1)]);
    assert.deepEqual((await take(plant.bus, 1)).records.map(textOf), ["P1:1"]);
    await plant.dispose();
  });

  for (const [what, wrong] of [
    ["a wrong password", { password: "guessed" }],
    ["an authority that it does not know", { tlsCaFile: null }],
  ] as const) {
    it(`accepts readings and says that Kafka is away with ${what}`, async () => {
      const plant = await aKafkaPlant(kafka, { config: { ...secured(), ...wrong } });
      await plant.bus.publish([aRecord(1)]);
      await plant.log.heard("bus.away");
      const { carrying, refusing } = await plant.bus.health();
      assert.equal(refusing, null);
      assert.equal(carrying?.waiting, 1);
      assert.notEqual(carrying?.away ?? null, null);
      await assert.rejects(plant.bus.lag("archive"), (f) => isCode(f, "BUS_UNREACHABLE"));
      await plant.dispose();
    });
  }

  it("does not start without the files that its configuration names", async () => {
    for (const config of [
      { tlsCaFile: join(folder, "none.pem") },
      { password: null, passwordFile: join(folder, "none") },
    ])
      await assert.rejects(aKafkaPlant(kafka, { config: { ...secured(), ...config } }), (failure) =>
        isCode(failure, "CONFIG_UNREADABLE"),
      );
  });
});
