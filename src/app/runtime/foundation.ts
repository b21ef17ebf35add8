import type { EmbeddedEventBus } from "../../backends/event-bus/embedded/embedded-event-bus.ts";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type { IaiError } from "../../kernel/errors.ts";
import { createIdSource, type IdSource } from "../../kernel/ids.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import { createQuarantine } from "../../pipeline/ingest/quarantine.ts";
import type { Cache } from "../../ports/cache.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { Notifier } from "../../ports/notifier.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import type { OpenBus } from "../open-bus.ts";
import {
  type OpenSource,
  openCache,
  openDurableLog,
  openEventBus,
  openNotifier,
  openRecordStore,
  openSource,
} from "../registry.ts";
import { sealedWords } from "../sources/sealed-words.ts";
import { openRunningLanguageModel, type RunningLanguageModel } from "./language-model.ts";

export interface FoundationDeps {
  readonly config: Config;
  readonly dir: DataDir;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly onFatal: (failure: IaiError) => void;
}

/** The open backends that the stations stand on, owned by the life cycle. */
export interface Foundation {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** What is acknowledged is in here; with a bus of others it is the way to it. */
  readonly durableLog: EmbeddedEventBus;
  /** Where the stations meet. */
  readonly bus: EventBus;
  /** Records of some topics that a group has still to read. */
  readonly lag: OpenBus["lag"];
  readonly ends: OpenBus["ends"];
  readonly unread: OpenBus["unread"];
  readonly records: RecordStore;
  /** Copies that may be missing at any time. */
  readonly cache: Cache;
  readonly languageModel: RunningLanguageModel;
  readonly notifiers: readonly Notifier[];
  /** Those of them that hear every transition of every alarm. */
  readonly listeners: readonly string[];
  readonly sources: readonly OpenSource[];
}

export async function openFoundation({
  config,
  dir,
  log,
  life,
  onFatal,
}: FoundationDeps): Promise<Foundation> {
  const clock = systemClock;
  const deps = { dir, clock, log };
  const [durableLog, records] = await Promise.all([
    openDurableLog(config.eventBus, { ...deps, onFatal }),
    openRecordStore(config.recordStore, deps),
  ]);
  life.own("records", records);
  life.own("durable log", durableLog);
  const ids = createIdSource(() => clock.now());
  const quarantine = createQuarantine({ records, clock, ids });
  const { bus, lag, ends, unread } = await openEventBus(config.eventBus, {
    ...deps,
    durableLog,
    ids,
    refuse: ({ key, value }, { code, message }) =>
      quarantine.add([{ source: "bus", code, detail: message, deviceId: key, raw: value }]),
  });
  if (bus !== durableLog) life.own("event bus", bus);
  const cache = life.own("cache", await openCache(config.cache, deps));
  const languageModel = life.own(
    "language model",
    await openRunningLanguageModel({
      ...{ config, clock, log, records },
      givenSecrets: () => sealedWords(records, config.access.secretFile ?? dir.installSecret),
    }),
  );
  const notifiers: Notifier[] = [];
  for (const target of config.notify.targets)
    notifiers.push(life.own(`notifier ${target.name}`, await openNotifier(target, deps)));
  const sources = await Promise.all(config.sources.map((source) => openSource(source, deps)));
  const publishers = sources.flatMap(({ alarms }) => alarms ?? []);
  for (const publisher of publishers)
    notifiers.push(life.own(`notifier ${publisher.name}`, publisher));
  const listeners = publishers.map(({ name }) => name);
  return {
    clock,
    ids,
    durableLog,
    bus,
    lag,
    ends,
    unread,
    records,
    cache,
    languageModel,
    notifiers,
    listeners,
    sources,
  };
}
