import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { kafkaEventBusConfig } from "./config.ts";

describe("options of the event bus on Kafka", () => {
  const accepts = (options: Record<string, unknown>): boolean =>
    kafkaEventBusConfig.safeParse({ kind: "kafka", ...options }).success;
  const user = { username: "iai", password: "p" };

  it("sends a password in the clear within this machine only", () => {
    const plain = { ...user, saslMechanism: "PLAIN" };
    assert.equal(accepts(plain), true);
    assert.equal(accepts({ ...plain, brokers: ["127.0.0.1:9092", "kafka.plant:9092"] }), false);
    assert.equal(accepts({ ...plain, brokers: ["kafka.plant:9092"], tls: true }), true);
    // SCRAM never sends it.
    const scram = { ...user, saslMechanism: "SCRAM-SHA-512" };
    assert.equal(accepts({ ...scram, brokers: ["kafka.plant:9092"] }), true);
  });

  it("wants user, password and mechanism together, and one password", () => {
    assert.equal(accepts(user), false);
    assert.equal(accepts({ saslMechanism: "PLAIN" }), false);
    assert.equal(accepts({ saslMechanism: "PLAIN", username: "iai" }), false);
    assert.equal(
      accepts({ saslMechanism: "PLAIN", ...user, passwordFile: "/run/secrets/kafka" }),
      false,
    );
  });

  it("wants brokers with their ports", () => {
    assert.equal(accepts({ brokers: ["kafka.plant:9092"] }), true);
    assert.equal(accepts({ brokers: ["kafka.plant"] }), false);
    assert.equal(accepts({ brokers: [] }), false);
  });

  it("wants the warning before the refusal, and three heartbeats within a session", () => {
    assert.equal(accepts({ warnShare: 0.9, refuseShare: 0.9 }), false);
    assert.equal(accepts({ heartbeatMs: 4_000, sessionTimeoutMs: 10_000 }), false);
  });
});
