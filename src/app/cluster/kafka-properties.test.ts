import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { kafkaEventBusConfig } from "../../backends/event-bus/kafka/config.ts";
import { silentLog } from "../../kernel/log.ts";
import { javaKafkaProperties } from "./kafka-properties.ts";

const propertiesOf = (options: Readonly<Record<string, unknown>>) =>
  javaKafkaProperties(kafkaEventBusConfig.parse({ kind: "kafka", ...options }), silentLog);

describe("options of the bus for Kafka's Java client", () => {
  it("are brokers and nothing secret where Kafka asks for nothing", async () => {
    assert.deepEqual(await propertiesOf({ brokers: ["a:9092", "b:9093"] }), {
      "bootstrap.servers": "a:9092,b:9093",
      "security.protocol": "PLAINTEXT",
    });
  });

  it("trust the plant's own authority", async () => {
    const found = await propertiesOf({ tls: true, tlsCaFile: "/etc/iai/ca.pem" });
    assert.equal(found["security.protocol"], "SSL");
    assert.equal(found["ssl.truststore.type"], "PEM");
    assert.equal(found["ssl.truststore.location"], "/etc/iai/ca.pem");
  });

  it("log in by the module of the mechanism, over TLS or without", async () => {
    const login = { username: "iai", password: "p" };
    const scram = await propertiesOf({ saslMechanism: "SCRAM-SHA-512", ...login });
    assert.equal(scram["security.protocol"], "SASL_PLAINTEXT");
    assert.equal(scram["sasl.mechanism"], "SCRAM-SHA-512");
    assert.equal(
      scram["sasl.jaas.config"],
      'org.apache.kafka.common.security.scram.ScramLoginModule required username="iai" password="p";',
    );
    const plain = await propertiesOf({ saslMechanism: "PLAIN", tls: true, ...login });
    assert.equal(plain["security.protocol"], "SASL_SSL");
    assert.equal(
      plain["sasl.jaas.config"],
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="iai" password="p";',
    );
  });

  it("take a password from its file, and any character of it as it is", async () => {
    const passwordFile = join(temporaryFolder("kafka-properties"), "password");
    // A quote or a backslash that is not marked would end the text, and let the rest be read as options.
    writeFileSync(passwordFile, 'a"; evil="\\b\n', { mode: 0o600 });
    const found = await propertiesOf({
      ...{ saslMechanism: "SCRAM-SHA-256", username: 'u"1', passwordFile },
    });
    assert.ok(
      found["sasl.jaas.config"]?.endsWith(
        'required username="u\\"1" password="a\\"; evil=\\"\\\\b";',
      ),
      found["sasl.jaas.config"] ?? "",
    );
  });

  it("stop with the reason where the password's file is not there", async () => {
    const options = { saslMechanism: "SCRAM-SHA-256", username: "iai", passwordFile: "/none/here" };
    await assert.rejects(propertiesOf(options), (failure) => isCode(failure, "CONFIG_UNREADABLE"));
  });
});
