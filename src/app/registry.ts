import { randomBytes } from "node:crypto";
import type { EmbeddedEventBus } from "../backends/event-bus/embedded/embedded-event-bus.ts";
import type { OpenAiCompatibleDeps } from "../backends/language-model/openai-compatible/openai-compatible-language-model.ts";
import type { RebuildPlan } from "../backends/telemetry-store/embedded/rebuild.ts";
import type { TelemetryView } from "../backends/telemetry-store/embedded/telemetry-view.ts";
import type { InfluxTelemetryConfig } from "../backends/telemetry-store/influxdb/config.ts";
import type { Clock } from "../kernel/clock.ts";
import type { IaiError } from "../kernel/errors.ts";
import type { IdSource } from "../kernel/ids.ts";
import type { Log } from "../kernel/log.ts";
import { createRandom } from "../kernel/random.ts";
import type { EpochMs } from "../model/basics.ts";
import { minuteArithmetic } from "../pipeline/aggregate/aggregate-minutes.ts";
import type { Cache } from "../ports/cache.ts";
import type { DeliveredRecord } from "../ports/event-bus.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { SourceAdapter } from "../ports/source-adapter.ts";
import type { TelemetryStore } from "../ports/telemetry-store.ts";
import type { Config } from "./config/schema.ts";
import type { SourceConfig } from "./config/source-schema.ts";
import type { DataDir } from "./data-dir.ts";
import { guardedGroups, type OpenBus, openOwnLog, openSharedBus } from "./open-bus.ts";
import { type OpenLanguageModel, openEndpoint, openNone } from "./open-language-model.ts";

/** Each process another one: several that retry together must not stay together. */
const randomSeed = (): number => randomBytes(4).readUInt32LE();

/** What every backend is opened with. */
export interface BackendDeps {
  readonly dir: DataDir;
  readonly clock: Clock;
  readonly log: Log;
}

/** Cases load their own folder, so that a backend that is not chosen costs nothing. */
export async function openEventBus(
  config: Config["eventBus"],
  deps: BackendDeps & {
    readonly durableLog: EmbeddedEventBus;
    readonly ids: IdSource;
    /** Takes what Kafka will never take. */
    readonly refuse: (record: DeliveredRecord, error: IaiError) => Promise<void>;
  },
): Promise<OpenBus> {
  const { durableLog, dir, clock, log, ids } = deps;
  switch (config.kind) {
    case "embedded":
      return openOwnLog(durableLog);
    case "kafka": {
      const { openKafkaEventBus } = await import("../backends/event-bus/kafka/kafka-event-bus.ts");
      const common = { outbox: durableLog, dataDir: dir.log, clock, log, ids };
      const bus = await openKafkaEventBus(config, {
        ...common,
        groups: guardedGroups,
        onRefused: deps.refuse,
      });
      return openSharedBus(bus);
    }
  }
}

/** The log of this process: what is in it is acknowledged, whatever bus the stations meet on. */
export async function openDurableLog(
  config: Config["eventBus"],
  deps: BackendDeps & { readonly onFatal: (failure: IaiError) => void },
): Promise<EmbeddedEventBus> {
  const { openEmbeddedEventBus } = await import(
    "../backends/event-bus/embedded/embedded-event-bus.ts"
  );
  const { clock, log, onFatal } = deps;
  const own = config.kind === "kafka" ? config.outbox : config;
  return openEmbeddedEventBus({ dataDir: deps.dir.log, clock, log, config: own, onFatal });
}

export async function openTelemetryStore(
  config: Config["telemetryStore"],
  deps: BackendDeps,
): Promise<TelemetryStore> {
  switch (config.kind) {
    case "embedded": {
      const { openEmbeddedTelemetryStore } = await import(
        "../backends/telemetry-store/embedded/embedded-telemetry-store.ts"
      );
      return openEmbeddedTelemetryStore({
        dataDir: deps.dir.telemetry,
        clock: deps.clock,
        log: deps.log,
        config,
        aggregate: minuteArithmetic,
      });
    }
    case "influxdb":
      return await openInflux(config, deps);
  }
}

async function openInflux(
  config: InfluxTelemetryConfig,
  { clock, log }: BackendDeps,
): Promise<TelemetryStore> {
  const { openInfluxTelemetryStore } = await import(
    "../backends/telemetry-store/influxdb/influx-telemetry-store.ts"
  );
  const random = createRandom(randomSeed()).next;
  return openInfluxTelemetryStore(config, { clock, log, random, aggregate: minuteArithmetic });
}

/** A look into the telemetry of a data folder, whether IAI runs on it or not; null: there is none. */
export async function openTelemetryView(
  config: Config["telemetryStore"],
  deps: BackendDeps,
): Promise<TelemetryView | null> {
  switch (config.kind) {
    case "embedded": {
      const { openTelemetryView } = await import(
        "../backends/telemetry-store/embedded/telemetry-view.ts"
      );
      return openTelemetryView({
        dataDir: deps.dir.telemetry,
        clock: deps.clock,
        config,
        aggregate: minuteArithmetic,
      });
    }
    case "influxdb":
      // A server shows what was archived; what still waits in the log is not added to it.
      return { ...(await openInflux(config, deps)), add: () => undefined };
  }
}

/** Makes the telemetry of a data folder that nobody uses ready to be written again from the log. */
export async function prepareTelemetryRebuild(
  config: Config["telemetryStore"],
  deps: BackendDeps & { readonly loggedFrom: EpochMs },
): Promise<RebuildPlan> {
  switch (config.kind) {
    case "embedded": {
      const { prepareRebuild } = await import("../backends/telemetry-store/embedded/rebuild.ts");
      return prepareRebuild({
        dataDir: deps.dir.telemetry,
        openFilesMax: config.openFilesMax,
        aggregate: minuteArithmetic,
        loggedFrom: deps.loggedFrom,
      });
    }
    case "influxdb": {
      const { prepareInfluxRebuild } = await import(
        "../backends/telemetry-store/influxdb/rebuild.ts"
      );
      const { clock, log, loggedFrom } = deps;
      const random = createRandom(randomSeed()).next;
      const aggregate = minuteArithmetic;
      return prepareInfluxRebuild({ config, clock, log, random, aggregate, loggedFrom });
    }
  }
}

export async function openRecordStore(
  config: Config["recordStore"],
  deps: BackendDeps,
): Promise<RecordStore> {
  switch (config.kind) {
    case "sqlite": {
      const { openSqliteRecordStore } = await import(
        "../backends/record-store/sqlite/sqlite-record-store.ts"
      );
      return openSqliteRecordStore({ path: deps.dir.records, clock: deps.clock, log: deps.log });
    }
    case "mysql": {
      const { openMysqlRecordStore } = await import(
        "../backends/record-store/mysql/mysql-record-store.ts"
      );
      return openMysqlRecordStore(config, deps);
    }
  }
}

/** Copies that may be missing: a cache that is away costs time and nothing else. */
export async function openCache(
  config: Config["cache"],
  { clock, log }: Pick<BackendDeps, "clock" | "log">,
): Promise<Cache> {
  const { createMemoryCache } = await import("../backends/cache/memory/memory-cache.ts");
  const local = createMemoryCache({ clock });
  switch (config.kind) {
    case "memory":
      return local;
    case "redis": {
      const { openRedisCache } = await import("../backends/cache/redis/redis-cache.ts");
      const { createLenientCache } = await import("../backends/cache/redis/lenient-cache.ts");
      return createLenientCache(await openRedisCache(config, { clock, log }), { clock, local });
    }
  }
}

export async function openLanguageModel(
  config: Config["languageModel"],
  { clock, log, sensitive }: Omit<OpenAiCompatibleDeps, "random" | "transport">,
): Promise<OpenLanguageModel> {
  switch (config.kind) {
    case "none": {
      const { createNoLanguageModel } = await import(
        "../backends/language-model/none/no-language-model.ts"
      );
      return openNone(createNoLanguageModel());
    }
    case "openai-compatible": {
      const { openOpenAiCompatibleLanguageModel } = await import(
        "../backends/language-model/openai-compatible/openai-compatible-language-model.ts"
      );
      const random = createRandom(randomSeed()).next;
      const deps = { clock, log, random, sensitive };
      return openEndpoint(await openOpenAiCompatibleLanguageModel(config, deps));
    }
  }
}

/** A source of readings, ready to run, and the way back for what happens to alarms. */
export interface OpenSource {
  readonly config: SourceConfig;
  readonly adapter: SourceAdapter;
  /** null: it carries no alarms. */
  readonly alarms: Notifier | null;
}

/** Passwords of the configuration file may come from the environment. */
const environment = (name: string): string | undefined => process.env[name];

export async function openSource(
  config: SourceConfig,
  {
    clock,
    log,
    dir,
    variable = environment,
    isPreview = false,
  }: BackendDeps & {
    /** Where passwords that are named by a variable come from. */
    readonly variable?: (name: string) => string | undefined;
    /** It is only looked at: it must leave no trace at its peer, and take nothing away from anybody. */
    readonly isPreview?: boolean;
  },
): Promise<OpenSource> {
  const random = createRandom(randomSeed()).next;
  switch (config.kind) {
    case "mqtt": {
      const { openMqttSource } = await import(
        "../backends/source-adapter/mqtt/mqtt-source-adapter.ts"
      );
      const deps = { clock, log, random, variable, isPreview, birthsFolder: dir.births };
      return { config, ...(await openMqttSource(config, deps)) };
    }
    case "mqtt-broker": {
      const { openMqttBroker } = await import("../backends/source-adapter/mqtt/mqtt-broker.ts");
      return { config, ...(await openMqttBroker(config, { clock, log, random })) };
    }
    case "modbus": {
      const { openModbusSource } = await import(
        "../backends/source-adapter/modbus/modbus-source-adapter.ts"
      );
      const adapter = await openModbusSource(config, { clock, log, random });
      return { config, adapter, alarms: null };
    }
    case "opcua": {
      const { openOpcuaSource } = await import(
        "../backends/source-adapter/opcua/opcua-source-adapter.ts"
      );
      const folders = { folder: dir.opcua, pkiFolder: dir.opcuaCertificates };
      const deps = { clock, log, random, variable, isPreview, ...folders };
      return { config, adapter: await openOpcuaSource(config, deps), alarms: null };
    }
  }
}

export async function openNotifier(
  config: Config["notify"]["targets"][number],
  deps: BackendDeps,
): Promise<Notifier> {
  switch (config.kind) {
    case "webhook": {
      const { openWebhookNotifier } = await import(
        "../backends/notifier/webhook/webhook-notifier.ts"
      );
      return openWebhookNotifier(config, deps);
    }
    case "email": {
      const { openEmailNotifier } = await import("../backends/notifier/email/email-notifier.ts");
      return openEmailNotifier(config, deps);
    }
  }
}
