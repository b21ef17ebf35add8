import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedEventBusConfig } from "../../../src/backends/event-bus/embedded/config.ts";
import type { DiskSpace } from "../../../src/backends/event-bus/embedded/disk-guard.ts";
import { openEmbeddedEventBus } from "../../../src/backends/event-bus/embedded/embedded-event-bus.ts";
import {
  type KafkaEventBusConfig,
  kafkaEventBusConfig,
} from "../../../src/backends/event-bus/kafka/config.ts";
import {
  type KafkaEventBus,
  type KafkaEventBusDeps,
  openKafkaEventBus,
} from "../../../src/backends/event-bus/kafka/kafka-event-bus.ts";
import { type Clock, SimulatedClock, systemClock } from "../../../src/kernel/clock.ts";
import { createIdSource } from "../../../src/kernel/ids.ts";
import type { EventBus } from "../../../src/ports/event-bus.ts";
import { createHeardLog, type HeardLog } from "../../fixtures/heard-log.ts";
import type { ServerHandle } from "../server-handle.ts";

const GIB = 1024 ** 3;
const roomy: DiskSpace = { freeBytes: 100 * GIB, totalBytes: 200 * GIB };

export interface KafkaPlantOptions {
  readonly config?: Partial<KafkaEventBusConfig>;
  readonly deps?: Partial<KafkaEventBusDeps>;
  /** A simulated one moves the disk guard and the upkeep of the outbox at the test's will. */
  readonly outboxClock?: Clock;
  readonly outbox?: Record<string, unknown>;
  /** One that is there already, and stays; default: a new one, removed at the end. */
  readonly dataDir?: string;
}

/** One process of IAI on a Kafka that others may use too: its topics and groups are its own. */
export interface KafkaPlant {
  readonly bus: KafkaEventBus;
  readonly outbox: EventBus;
  readonly log: HeardLog;
  readonly config: KafkaEventBusConfig;
  /** Outbox and position. */
  readonly dataDir: string;
  /** Closes the bus and opens it again on the same data. */
  reopen(): Promise<KafkaEventBus>;
  /** Another process of the same plant, with an outbox of its own. */
  neighbour(config?: Partial<KafkaEventBusConfig>): Promise<KafkaPlant>;
  /** Makes the outbox refuse; the returned function undoes it. */
  refuse(code: "LOG_FULL" | "STORAGE_LOW"): Promise<() => Promise<void>>;
  dispose(): Promise<void>;
}

let plants = 0;

export async function aKafkaPlant(
  kafka: ServerHandle,
  options: KafkaPlantOptions = {},
): Promise<KafkaPlant> {
  plants += 1;
  const name = `plant-${process.pid}-${plants}.`;
  const config = kafkaEventBusConfig.parse({
    kind: "kafka",
    brokers: [`127.0.0.1:${kafka.connection["port"]}`],
    topicPrefix: name,
    groupPrefix: name,
    retryMaxMs: 500,
    requestTimeoutMs: 3_000,
    sessionTimeoutMs: 3_000,
    heartbeatMs: 300,
    ...options.config,
  });
  return await openPlant(config, options);
}

async function openPlant(
  config: KafkaEventBusConfig,
  options: KafkaPlantOptions,
): Promise<KafkaPlant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "iai-kafka-plant-"));
  const log = createHeardLog();
  const clock = options.outboxClock ?? systemClock;
  let space = roomy;
  const openOutbox = () =>
    openEmbeddedEventBus({
      dataDir,
      clock,
      log,
      config: embeddedEventBusConfig.parse({
        reserveBytes: 0,
        collectMs: clock === systemClock ? 2 : 0,
        ...options.outbox,
      }),
      diskSpace: async () => space,
    });
  const open = (outbox: EventBus) =>
    openKafkaEventBus(config, {
      outbox,
      dataDir,
      clock: systemClock,
      log,
      ids: createIdSource(systemClock.now),
      groups: [],
      onRefused: async () => undefined,
      ...options.deps,
    }).catch(async (failure: unknown) => {
      await outbox.close();
      throw failure;
    });
  let outbox = await openOutbox();
  let bus = await open(outbox);
  const accepting = async (): Promise<void> => {
    while ((await outbox.health()).refusing !== null) await advance(clock);
  };

  return {
    get bus() {
      return bus;
    },
    get outbox() {
      return outbox;
    },
    log,
    config,
    dataDir,
    reopen: async () => {
      await bus.close();
      outbox = await openOutbox();
      bus = await open(outbox);
      return bus;
    },
    neighbour: (more = {}) => openPlant({ ...config, ...more }, options),
    refuse: async (code) => {
      if (code === "STORAGE_LOW") {
        space = { freeBytes: 1, totalBytes: 200 * GIB };
        await advance(clock);
        return async () => {
          space = roomy;
          await accepting();
        };
      }
      // Somebody else holds what is carried already, so that it stays.
      await outbox.confirm("holder", { "0": 1 });
      const filler = (bytes: number) => [
        { topic: "alerts", key: "filler", value: Buffer.alloc(bytes) } as const,
      ];
      await bus.publish(filler(370_000));
      await bus.publish(filler(20_000));
      assert.ok((await outbox.health()).refusing !== null, "it is full");
      return async () => {
        await outbox.confirm("holder", { "0": 4 });
        await accepting();
      };
    },
    dispose: async () => {
      await bus.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function advance(clock: Clock): Promise<void> {
  if (clock instanceof SimulatedClock) await clock.advance(1_000);
  else await clock.sleep(100);
}
