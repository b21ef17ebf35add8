import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { diaryJob } from "../../../../test/contract/diary-job.ts";
import { type EngineBench, streamEngineContract } from "../../../../test/contract/stream-engine.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import {
  type FlinkPlant,
  type FlinkServers,
  openFlinkPlant,
  RAW_PARTITIONS,
  startFlinkServers,
} from "../../../../test/servers/flink/flink-plant.ts";
import { aKafkaPlant, type KafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { StreamEvent } from "../../../model/control.ts";
import type { BusRecord, Topic } from "../../../ports/event-bus.ts";
import type { StreamEngine } from "../../../ports/stream-engine.ts";
import { encodeRawTick, tickKeys } from "../../../wire/raw-record.ts";
import { encodeControl, encodeReading } from "../../../wire/stream-codec.ts";
import { type FlinkStreamEngineDeps, openFlinkStreamEngine } from "./flink-stream-engine.ts";
import { flinkJobSpecs } from "./job-specs.ts";
import { stopJobs } from "./stop-jobs.ts";

const GROUP = "agents";
const folder = temporaryFolder("flink-engine");
let servers: FlinkServers;
const opened: { close(): Promise<void> }[] = [];

before(async () => {
  const entry = join(import.meta.dirname, "../../../../test/servers/flink/diary-bundle.ts");
  servers = await startFlinkServers(folder, entry);
});
after(async () => {
  for (const one of opened.toReversed()) await one.close();
  await servers.stop();
});

/** The job of the contract suite inside Flink, fed and heard over the bus on Kafka. */
class Bench implements EngineBench {
  readonly order = "device" as const;
  readonly #plant: FlinkPlant;
  readonly #kafka: KafkaPlant;
  readonly engine: StreamEngine;
  /** Configuration that readings and ticks are stamped with now. */
  #version = 0;
  #jobId: string | null = null;
  /** How far its jobs have come, by partition; after a crash without a checkpoint not at all. */
  #taken: ReadonlyMap<string, number> = new Map();
  #isKept = false;

  constructor(plant: FlinkPlant, kafka: KafkaPlant) {
    this.#plant = plant;
    this.#kafka = kafka;
    this.engine = this.engineAt(plant.config.url);
  }

  engineAt(url: string): StreamEngine {
    const config = { ...this.#plant.config, url };
    return openFlinkStreamEngine(config, engineDeps(this.#plant, this.#kafka));
  }

  async append(events: readonly StreamEvent[]): Promise<void> {
    for (const event of events) await this.#kafka.bus.publish(this.#recordsOf(event));
  }

  async runToEnd(): Promise<readonly string[]> {
    await this.crash();
    // Devices to which nothing came hear of changes by the tick of the next second.
    await this.append([{ kind: "tick", at: 0 }]);
    await this.#carried();
    const before = await this.#written();
    const [job] = await this.#plant.deploy(2);
    this.#jobId = job?.jobId ?? null;
    await this.#stepped();
    return await this.#heard(before);
  }

  async crash(): Promise<void> {
    if (this.#jobId !== null) await this.#plant.rest.cancel(this.#jobId);
    this.#jobId = null;
    await this.#plant.ended();
    if (!this.#isKept) this.#taken = new Map();
  }

  async checkpoint(): Promise<void> {
    await stopJobs(this.#plant.config, this.#plant.deps);
    this.#jobId = null;
    this.#isKept = true;
  }

  #recordsOf(event: StreamEvent): readonly BusRecord[] {
    if (event.kind === "control") {
      this.#version = event.control.version;
      return [{ topic: "control", key: "*", value: encodeControl(event.control) }];
    }
    const topic = "raw_sensor_data" as const;
    if (event.kind === "tick") {
      const value = encodeRawTick({ at: event.at, configVersion: this.#version });
      return tickKeys(RAW_PARTITIONS).map((key) => ({ topic, key, value }));
    }
    const reading = { ...event.reading, configVersion: this.#version };
    return [{ topic, key: reading.deviceId, value: encodeReading(reading) }];
  }

  /** Everything published is in Kafka. */
  async #carried(): Promise<void> {
    while ((await this.#kafka.bus.health()).carrying?.waiting !== 0) await systemClock.sleep(20);
  }

  /** The job has taken everything, and what it said is written. */
  async #stepped(): Promise<void> {
    const ends = await this.#endsOf(["raw_sensor_data", "control"]);
    // Where nothing is new since a restart Flink has no number: a job tells only what it took itself.
    const wanted = [...ends].filter(([name, end]) => end > (this.#taken.get(name) ?? 0));
    for (;;) {
      const next = await this.#plant.rest.nextOffsets(this.#jobId ?? "");
      if (wanted.every(([name, end]) => (next.get(this.#plant.prefix + name) ?? 0) >= end)) break;
      await systemClock.sleep(100);
    }
    this.#taken = ends;
    // A batch of the steps waits 20 ms at most: what is written stands still when it is all.
    for (let before = -1; before !== (await this.#written()); ) {
      before = await this.#written();
      await systemClock.sleep(300);
    }
  }

  /** Records in `anomalies`. */
  async #written(): Promise<number> {
    return [...(await this.#endsOf(["anomalies"])).values()].reduce((sum, end) => sum + end, 0);
  }

  async #endsOf(topics: readonly Topic[]): Promise<ReadonlyMap<string, number>> {
    const { partitions } = await this.#kafka.bus.lag(GROUP, topics);
    return new Map(partitions.map(({ partition, end }) => [partition, end]));
  }

  /** Episodes of the outputs after the first `before` records, through the engine. */
  async #heard(before: number): Promise<readonly string[]> {
    const wanted = (await this.#written()) - before;
    const lines: string[] = [];
    const stop = new AbortController();
    for await (const output of this.engine.outputs(stop.signal)) {
      lines.push(...output.episodes.map(({ episodeId }) => episodeId));
      await this.engine.confirm(output.position);
      if (lines.length >= wanted) break;
    }
    stop.abort();
    return lines;
  }
}

function engineDeps(plant: FlinkPlant, { bus }: KafkaPlant): FlinkStreamEngineDeps {
  return {
    bus,
    group: GROUP,
    ends: async (topics) => {
      const { partitions } = await bus.lag(GROUP, topics);
      return Object.fromEntries(partitions.map(({ partition, end }) => [partition, end]));
    },
    unread: (ranges) => bus.unread(ranges),
    lag: async (group, topics) => (await bus.lag(group, topics)).records,
    topicPrefix: plant.prefix,
    sourcesHash: plant.deps.sourcesHash,
    log: silentLog,
  };
}

async function openBench(): Promise<Bench> {
  const kafka = await aKafkaPlant(servers.kafka);
  opened.push({ close: () => kafka.dispose() });
  // Its topics are there when the bus has answered once; a new Kafka has no groups at first.
  const answers = (): Promise<boolean> =>
    kafka.bus.lag(GROUP).then(
      () => true,
      () => false,
    );
  while (!(await answers())) await systemClock.sleep(100);
  const options = { checkpointEveryMs: 3_600_000 };
  const { topicPrefix } = kafka.config;
  const versions = { "anomaly-detection": diaryJob.stateVersion };
  const part = { specs: flinkJobSpecs.slice(0, 1), versions, prefix: topicPrefix };
  const plant = await openFlinkPlant(servers, options, part);
  opened.push(plant);
  return new Bench(plant, kafka);
}

streamEngineContract("flink", openBench);

describe("the stream engine on Flink", () => {
  it("says that a job was never deployed instead of a lag", async () => {
    const bench = await openBench();
    await assert.rejects(bench.engine.lag(), (failure) => isCode(failure, "STREAM_STOPPED"));
  });

  it("says that Flink does not answer", async () => {
    const bench = await openBench();
    const engine = bench.engineAt("http://127.0.0.1:9");
    await assert.rejects(engine.lag(), (failure) => isCode(failure, "STREAM_UNREACHABLE"));
  });
});
