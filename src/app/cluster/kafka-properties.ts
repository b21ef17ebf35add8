import type { KafkaEventBusConfig } from "../../backends/event-bus/kafka/config.ts";
import type { Log } from "../../kernel/log.ts";
import { readSecretFile } from "../../kernel/secret-file.ts";

/** Options of the bus as Kafka's Java client, inside the jobs, calls them. */
export async function javaKafkaProperties(
  config: KafkaEventBusConfig,
  log: Log,
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
      : { "sasl.mechanism": saslMechanism, "sasl.jaas.config": await loginOf(config, log) }),
  };
}

async function loginOf(
  { saslMechanism, username, password, passwordFile }: KafkaEventBusConfig,
  log: Log,
): Promise<string> {
  const secret = passwordFile === null ? password : await readSecretFile(passwordFile, log);
  const module = saslMechanism === "PLAIN" ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
  const quoted = (text: string | null): string => `"${(text ?? "").replaceAll(/["\\]/g, "\\$&")}"`;
  const login = `username=${quoted(username)} password=${quoted(secret)}`;
  return `org.apache.kafka.common.security.${module} required ${login};`;
}
