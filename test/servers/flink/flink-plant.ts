import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin, Consumer, Producer } from "@platformatic/kafka";
import { buildJobJar, type JobJar } from "../../../src/app/jobs/build-job-jar.ts";
import { stateVersions } from "../../../src/app/jobs/state-versions.ts";
import {
  type FlinkStreamEngineConfig,
  flinkStreamEngineConfig,
} from "../../../src/backends/stream-engine/flink/config.ts";
import {
  type DeployDeps,
  type DeployedJob,
  deployJobs,
} from "../../../src/backends/stream-engine/flink/deploy.ts";
import {
  createFlinkRest,
  type FlinkRest,
} from "../../../src/backends/stream-engine/flink/flink-rest.ts";
import {
  type FlinkJobSpec,
  flinkJobSpecs,
} from "../../../src/backends/stream-engine/flink/job-specs.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Frame } from "../../../src/wire/engine-frames.ts";
import type { SubtaskOutput } from "../../fixtures/flink-subtasks.ts";
import { createHeardLog } from "../../fixtures/heard-log.ts";
import { type ServerHandle, startServer } from "../server-handle.ts";

export const RAW_PARTITIONS = 3;
const topics = {
  raw_sensor_data: RAW_PARTITIONS,
  control: 1,
  anomalies: RAW_PARTITIONS,
  alerts: RAW_PARTITIONS,
  aggregates: RAW_PARTITIONS,
  dead_letters: 1,
};

const originHeader = Buffer.from("iai");

export type PlantTopic = keyof typeof topics;

/** A Kafka and a Flink cluster that a suite owns, and the jar of our jobs. */
export interface FlinkServers {
  readonly kafka: ServerHandle;
  readonly flink: ServerHandle;
  readonly jar: JobJar;
  stop(): Promise<void>;
}

/** `folder` takes the jar; `entry` is another bundle than that of the product. */
export async function startFlinkServers(folder: string, entry?: string): Promise<FlinkServers> {
  const kafka = await startServer("kafka");
  const flink = await startServer("flink");
  const libFolder = String(flink.connection["libFolder"]);
  const part = entry === undefined ? {} : { entry };
  const jar = await buildJobJar({ libFolder, jarFile: join(folder, "job.jar"), ...part });
  return {
    kafka,
    flink,
    jar,
    stop: async () => {
      await flink.stop();
      await kafka.stop();
    },
  };
}

let plants = 0;

/** Where a plant differs from that of the product. */
export interface PlantPart {
  /** Topics and groups of a bus that is there already. */
  readonly prefix?: string;
  readonly specs?: readonly FlinkJobSpec[];
  readonly versions?: Partial<DeployDeps["stateVersions"]>;
}

/** Topics and jobs of one test on the servers of its suite. */
export async function openFlinkPlant(
  servers: FlinkServers,
  options: Partial<FlinkStreamEngineConfig> = {},
  part: PlantPart = {},
): Promise<FlinkPlant> {
  plants += 1;
  const plant = new FlinkPlant(servers, { prefix: `flink${plants}.`, ...part, options });
  await plant.createTopics();
  return plant;
}

export class FlinkPlant {
  readonly rest: FlinkRest;
  readonly config: FlinkStreamEngineConfig;
  readonly deps: DeployDeps;
  readonly prefix: string;
  readonly #brokers: readonly string[];
  readonly #admin: Admin;
  readonly #producer: Producer<Buffer, Buffer, Buffer, Buffer>;

  constructor(
    { kafka, flink, jar }: FlinkServers,
    of: PlantPart & { readonly prefix: string; readonly options: Partial<FlinkStreamEngineConfig> },
  ) {
    this.prefix = of.prefix;
    this.#brokers = [`127.0.0.1:${kafka.connection["port"]}`];
    this.#admin = new Admin({ clientId: "plant", bootstrapBrokers: [...this.#brokers] });
    const bootstrapBrokers = [...this.#brokers];
    this.#producer = new Producer({ clientId: "plant", bootstrapBrokers, idempotent: true });
    this.config = flinkStreamEngineConfig.parse({
      kind: "flink",
      url: flink.connection["url"],
      checkpointFolder: flink.connection["checkpointFolder"],
      checkpointEveryMs: 2_000,
      ...of.options,
    });
    this.rest = createFlinkRest(this.config.url, this.config.requestTimeoutMs);
    this.deps = {
      rest: this.rest,
      clock: systemClock,
      log: createHeardLog(),
      jarFile: jar.jarFile,
      sourcesHash: jar.bundle.sourcesHash,
      stateVersions: { ...stateVersions, ...of.versions },
      ...(of.specs === undefined ? {} : { specs: of.specs }),
      kafka: {
        properties: { "bootstrap.servers": this.#brokers.join() },
        topicPrefix: this.prefix,
        groupPrefix: this.prefix,
        partitions: RAW_PARTITIONS,
      },
    };
  }

  async createTopics(): Promise<void> {
    const there = await this.#admin.listTopics();
    for (const [topic, partitions] of Object.entries(topics)) {
      // The jobs make it themselves.
      if (topic === "dead_letters") continue;
      if (there.includes(this.prefix + topic)) continue;
      await this.#admin.createTopics({ topics: [this.prefix + topic], partitions, replicas: 1 });
    }
  }

  deploy(parallelism: number): Promise<readonly DeployedJob[]> {
    return deployJobs({ ...this.config, parallelism }, this.deps);
  }

  /** Resolves when no job of the plant runs any more. */
  async ended(): Promise<void> {
    const alive = ["RUNNING", "CANCELLING", "CREATED", "RESTARTING", "FAILING", "INITIALIZING"];
    const isAlive = async (): Promise<boolean> =>
      (await this.rest.jobs()).some(
        ({ name, state }) => name.startsWith(this.prefix) && alive.includes(state),
      );
    while (await isAlive()) await sleep(50);
  }

  /** Appends records to their partitions, in order; at most `perSecond` of them. */
  async append(
    topic: PlantTopic,
    frames: readonly Frame[],
    perSecond = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const step = Math.min(2_000, perSecond / 10);
    const begin = performance.now();
    for (let at = 0; at < frames.length; at += step) {
      const messages = frames.slice(at, at + step).map((frame) => ({
        topic: this.prefix + topic,
        partition: frame.partition,
        key: Buffer.from(frame.key),
        value: Buffer.from(frame.value, frame.source === "r" ? "latin1" : "utf8"),
        headers: new Map(
          frame.origin === "" ? [] : [[originHeader, Buffer.from(frame.origin)] as const],
        ),
      }));
      await this.#producer.send({ messages, acks: -1, compression: "zstd" });
      const dueAt = begin + ((at + step) / perSecond) * 1_000;
      if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    }
  }

  /** Resolves when every job has read everything and its outputs are in Kafka for good. */
  async settled(withinMs = 240_000): Promise<void> {
    const until = performance.now() + withinMs;
    for (const { name, inputs } of flinkJobSpecs) {
      for (const topic of Object.values(inputs)) {
        while (!(await this.#isRead(name, topic))) {
          if (performance.now() > until) throw new Error(`${name} has not read ${topic}`);
          await sleep(200);
        }
      }
    }
  }

  /** Resolves when a topic holds so many records. */
  async reached(topic: PlantTopic, records: number): Promise<void> {
    for (;;) {
      const ends = [...(await this.#ends(topic)).values()];
      if (ends.reduce((sum, end) => sum + end, 0) >= records) return;
      await sleep(100);
    }
  }

  /** Task managers that run a subtask of this plant. */
  async taskManagersAtWork(): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const { id, name, state } of await this.rest.jobs()) {
      if (!name.startsWith(this.prefix) || state !== "RUNNING") continue;
      const job = (await this.#ask(`jobs/${id}`)) as { vertices: readonly { id: string }[] };
      for (const vertex of job.vertices) {
        const detail = (await this.#ask(`jobs/${id}/vertices/${vertex.id}`)) as {
          subtasks: readonly { "taskmanager-id": string }[];
        };
        for (const subtask of detail.subtasks) names.add(subtask["taskmanager-id"]);
      }
    }
    return [...names];
  }

  async #ask(path: string): Promise<unknown> {
    return (await fetch(`${this.config.url}/${path}`)).json();
  }

  /** Everything that a topic holds, each partition in its order; `at`: when it was written, ms. */
  async outputs(topic: PlantTopic): Promise<readonly (SubtaskOutput & { readonly at: number })[]> {
    const total = [...(await this.#ends(topic)).values()].reduce((sum, end) => sum + end, 0);
    const groupId = `look-${performance.now()}`;
    const consumer = new Consumer({
      ...{ clientId: "plant", groupId, bootstrapBrokers: [...this.#brokers] },
      maxBytes: 8 * 1024 * 1024,
    });
    const seen: (SubtaskOutput & { readonly at: number })[] = [];
    try {
      const topics = [this.prefix + topic];
      const stream = await consumer.consume({ topics, mode: "earliest", autocommit: false });
      if (total > 0)
        for await (const { key, value, timestamp } of stream) {
          const at = Number(timestamp);
          seen.push({ target: "a", key: key.toString(), value: value.toString(), at });
          if (seen.length >= total) break;
        }
    } finally {
      await consumer.close(true);
    }
    return seen;
  }

  async close(): Promise<void> {
    for (const { id, name, state } of await this.rest.jobs()) {
      if (name.startsWith(this.prefix) && state === "RUNNING") await this.rest.cancel(id);
    }
    await this.#producer.close();
    await this.#admin.close();
  }

  async #isRead(group: string, topic: PlantTopic): Promise<boolean> {
    const ends = await this.#ends(topic);
    const groups = [this.prefix + group];
    const [found] = await this.#admin.listConsumerGroupOffsets({ groups });
    const known = found?.topics.find(({ name }) => name === this.prefix + topic)?.partitions ?? [];
    const read = new Map(known.map((one) => [one.partitionIndex, Number(one.committedOffset)]));
    return [...ends].every(([partition, end]) => Math.max(0, read.get(partition) ?? 0) >= end);
  }

  async #ends(topic: PlantTopic): Promise<ReadonlyMap<number, number>> {
    const partitions = Array.from({ length: topics[topic] }, (_, partitionIndex) => ({
      ...{ partitionIndex, timestamp: -1n },
    }));
    const name = this.prefix + topic;
    const [listed] = await this.#admin.listOffsets({ topics: [{ name, partitions }] });
    return new Map(listed?.partitions.map((one) => [one.partitionIndex, Number(one.offset)]));
  }
}
