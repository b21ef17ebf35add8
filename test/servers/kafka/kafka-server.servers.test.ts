import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Admin, type AdminOptions, Producer } from "@platformatic/kafka";
import { type ServerHandle, startServer } from "../server-handle.ts";

describe("the Kafka server of the suites", () => {
  let kafka: ServerHandle;
  let options: AdminOptions;
  before(async () => {
    kafka = await startServer("kafka");
    const bootstrapBrokers = [`127.0.0.1:${kafka.connection["port"]}`];
    options = { clientId: "test", bootstrapBrokers, retries: 0 };
  });
  after(() => kafka.stop());

  async function atAdmin<T>(
    use: (admin: Admin) => Promise<T>,
    more: Partial<AdminOptions> = {},
  ): Promise<T> {
    const admin = new Admin({ ...options, ...more });
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }

  it("keeps topics, records and its port when it is killed and started again", async () => {
    const { connection } = kafka;
    await atAdmin((admin) => admin.createTopics({ topics: ["kept"], partitions: 1, replicas: 1 }));
    const producer = new Producer(options);
    await producer.send({ messages: [{ topic: "kept", value: Buffer.from("1") }], acks: -1 });
    await producer.close();

    await kafka.kill();
    await assert.rejects(atAdmin((admin) => admin.listTopics()));
    await kafka.restart();

    assert.deepEqual(kafka.connection, connection);
    const ends = await atAdmin((admin) =>
      admin.listOffsets({
        topics: [{ name: "kept", partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
      }),
    );
    assert.equal(ends[0]?.partitions[0]?.offset, 1n);
  });

  it("does not answer while it is frozen, and goes on afterwards", async () => {
    kafka.freeze();
    await assert.rejects(atAdmin((admin) => admin.listTopics(), { requestTimeout: 500 }));
    kafka.thaw();
    assert.ok((await atAdmin((admin) => admin.listTopics())).includes("kept"));
  });

  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    it(`lets a user in over TLS with ${mechanism}, and nobody with a wrong password`, async () => {
      const { saslPort, username, password, caFile } = kafka.connection;
      const ask = (secret: string) =>
        atAdmin((admin) => admin.listTopics(), {
          bootstrapBrokers: [`127.0.0.1:${saslPort}`],
          tls: { ca: readFileSync(String(caFile), "utf8") },
          sasl: { mechanism, username: String(username), password: secret },
        });
      assert.ok(Array.isArray(await ask(String(password))));
      await assert.rejects(ask("guessed"));
    });
  }
});
