import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Admin } from "@platformatic/kafka";
import { type PlaceCertificate, placeCertificate, placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";
import { fetchKafkaJars, kafkaLib } from "./kafka-jars.ts";

/** Any will do; the data of a place belongs to it. */
const CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw";
const USER = "iai";

/**
 * One Kafka node in KRaft mode with three listeners: without any protection, with TLS and a password, and one
 * that is advertised at another port, where a test may put a network of its own.
 */
export const kafkaServer: ServerKind = {
  name: "kafka",
  portCount: 5,
  fetch: async (cache) => fetchKafkaJars(cache),
  start: async (place) => {
    const tls = placeCertificate(place);
    const password = placePassword(place, USER);
    writeConfig(place, "keystore.pem", keystoreOf(tls));
    writeConfig(place, "log4j.properties", logConfig);
    const config = writeConfig(place, "server.properties", configOf(place, password));
    formatOnce(place, { config, password });
    const started = startProgram(place, {
      name: "kafka",
      command: "java",
      args: [
        ...["-Xms192m", "-Xmx384m", "-XX:+UseSerialGC"],
        `-Dlog4j.configuration=file:${join(place.folder, "log4j.properties")}`,
        ...["-cp", join(kafkaLib(place.cache), "*"), "kafka.Kafka", config],
      ],
    });
    await waitUntilReady(place, started, {
      ready: () => answers(portOf(place, 0)),
      withinMs: 120_000,
    });
    return {
      version: versionOf(),
      processes: [started],
      connection: {
        host: "127.0.0.1",
        port: portOf(place, 0),
        saslPort: portOf(place, 2),
        username: USER,
        password,
        caFile: tls.caFile,
        proxiedPort: portOf(place, 3),
        proxyPort: portOf(place, 4),
      },
    };
  },
};

function configOf(place: ServerPlace, password: string): string {
  const at = (index: number): string => `127.0.0.1:${portOf(place, index)}`;
  const clear = `PLAINTEXT://${at(0)}`;
  const secured = `SECURED://${at(2)}`;
  const settings = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@${at(1)}`,
    listeners: `${clear},CONTROLLER://${at(1)},${secured},PROXIED://${at(3)}`,
    "advertised.listeners": `${clear},${secured},PROXIED://${at(4)}`,
    "listener.security.protocol.map":
      "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL,PROXIED:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.name.secured.ssl.keystore.type": "PEM",
    "listener.name.secured.ssl.keystore.location": join(place.folder, "keystore.pem"),
    "listener.name.secured.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.secured.plain.sasl.jaas.config": `${plain} required user_${USER}="${password}";`,
    "listener.name.secured.scram-sha-256.sasl.jaas.config": `${scram} required;`,
    "listener.name.secured.scram-sha-512.sasl.jaas.config": `${scram} required;`,
    "log.dirs": join(place.folder, "data"),
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 3,
    // A group's first member need not wait for others, and a dead one is missed soon.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    "auto.create.topics.enable": false,
    "num.network.threads": 2,
    "num.io.threads": 2,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return `${lines.join("\n")}\n`;
}

const plain = "org.apache.kafka.common.security.plain.PlainLoginModule";
const scram = "org.apache.kafka.common.security.scram.ScramLoginModule";

/** Kafka reads key and certificate from one file. */
function keystoreOf({ keyFile, certFile }: PlaceCertificate): string {
  return readFileSync(keyFile, "utf8") + readFileSync(certFile, "utf8");
}

/** Makes the data folder of a new place; the users of SCRAM are written there and nowhere else. */
function formatOnce(
  place: ServerPlace,
  { config, password }: { readonly config: string; readonly password: string },
): void {
  const data = join(place.folder, "data");
  if (existsSync(join(data, "meta.properties"))) return;
  mkdirSync(data, { recursive: true });
  const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=${USER},password=${password}]`,
  ]);
  const words = ["format", "-t", CLUSTER_ID, "-c", config, ...users];
  const java = ["-Xmx128m", "-cp", join(kafkaLib(place.cache), "*"), "kafka.tools.StorageTool"];
  execFileSync("java", [...java, ...words], { stdio: ["ignore", "ignore", "pipe"] });
}

const logConfig = `log4j.rootLogger=WARN, out
log4j.logger.kafka.server.KafkaRaftServer=INFO
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %-5p %c{1} - %m%n
`;

/** The port is open before the node knows that it is the controller: it must name one. */
async function answers(port: number): Promise<boolean> {
  const admin = new Admin({
    clientId: "server-start",
    bootstrapBrokers: [`127.0.0.1:${port}`],
    retries: 0,
    connectTimeout: 2_000,
    requestTimeout: 2_000,
  });
  try {
    const { brokers } = await admin.metadata({ topics: [] });
    return brokers.size > 0;
  } finally {
    await admin.close();
  }
}

/** From `<kafka.version>3.9.1</kafka.version>`: the one place that says which. */
function versionOf(): string {
  const pom = readFileSync(join(import.meta.dirname, "pom.xml"), "utf8");
  return /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? "unknown";
}
