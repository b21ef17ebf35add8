import { readFile } from "node:fs/promises";
import type { KafkaEventBusConfig } from "../../backends/event-bus/kafka/config.ts";

/** Options of the bus as Kafka's Java client, inside the jobs, calls them. */
export async function javaKafkaProperties(
  config: KafkaEventBusConfig,
): Promise<Readonly<Record<string, string>>> {
  const { brokers, tls, tlsCaFile, saslMechanism } = config;
  const protocol = `${saslMechanism === null ? "" : "SASL_"}${tls ? "SSL" : "PLAINTEXT"}`;
  return {
    "bootstrap.servers": brokers.join(),
    "security.protocol": protocol,
    ...(tlsCaFile === null
      ? {}
      : { "ssl.truststore.type": "PEM", "ssl.truststore.location": tlsCaFile }),
    ...(saslMechanism === null
      ? {}
      : { "sasl.mechanism": saslMechanism, "sasl.jaas.config": await loginOf(config) }),
  };
}

async function loginOf({
  saslMechanism,
  username,
  password,
  passwordFile,
}: KafkaEventBusConfig): Promise<string> {
  const secret = passwordFile === null ? password : (await readFile(passwordFile, "utf8")).trim();
  const module = saslMechanism === "PLAIN" ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
  const quoted = (text: string | null): string => `"${(text ?? "").replaceAll(/["\\]/g, "\\$&")}"`;
  const login = `username=${quoted(username)} password=${quoted(secret)}`;
  return `org.apache.kafka.common.security.${module} required ${login};`;
}
