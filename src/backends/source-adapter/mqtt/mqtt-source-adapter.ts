import { join } from "node:path";
import type { Clock } from "../../../kernel/clock.ts";
import { backoffMs, type RetryPolicy } from "../../../kernel/retry.ts";
import { createStatusBoard, type StatusBoard } from "../../../kernel/status-board.ts";
import { type Ms, SECOND } from "../../../model/basics.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { forgetfulMemory, openBirthMemory } from "./birth-memory.ts";
import { type BrokerLogin, createBrokerLogin, type LoginDeps } from "./broker-login.ts";
import type { MqttSourceConfig } from "./config.ts";
import { connectionFailure, needsPerson } from "./errors.ts";
import { selectFor } from "./json-path.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { openMqttAlarmPublisher } from "./mqtt-alarm-publisher.ts";
import { type Publish, runSession, type SessionOptions } from "./mqtt-session.ts";
import { createSparkplug } from "./sparkplug.ts";
import { createTopicRouter, type TopicRouter } from "./topic-router.ts";

export interface MqttSourceDeps extends LoginDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** It is only looked at: under a name and in a session of its own, which end with it. */
  readonly isPreview?: boolean;
  /** Folder of what is remembered of Sparkplug nodes. */
  readonly birthsFolder: string;
}

const policy: RetryPolicy = { baseMs: 500, maxMs: 10_000, attempts: null };
/** A connection that stood this long has earned a quick retry. */
const SETTLED_MS: Ms = 10 * SECOND;

/** A broker that IAI is a client of: readings come in, alarms go out. */
export interface OpenMqttSource {
  readonly adapter: SourceAdapter;
  /** null: no topic for alarms is configured. */
  readonly alarms: Notifier | null;
}

/** See README.md for what is promised. */
export async function openMqttSource(
  config: MqttSourceConfig,
  deps: MqttSourceDeps,
): Promise<OpenMqttSource> {
  const { alarmTopic } = config;
  return {
    adapter: await openMqttAdapter(config, deps),
    alarms:
      alarmTopic === null ? null : await openMqttAlarmPublisher({ ...config, alarmTopic }, deps),
  };
}

async function openMqttAdapter(
  config: MqttSourceConfig,
  deps: MqttSourceDeps,
): Promise<SourceAdapter> {
  const { name } = config;
  const { connect } = await import("mqtt");
  const login = createBrokerLogin(config, deps);
  // A password or a certificate that is not there stops the start, not the first attempt.
  await login("");
  const count = deps.isPreview === true ? 1 : config.connections;
  const names = Array.from({ length: count }, (_, n) => `connection ${n + 1}`);
  const board = createStatusBoard(deps.clock, names);
  const router = createTopicRouter(config.topics);
  const wire: { publish: Publish | null } = { publish: null };
  const mailbox = createMailbox({
    name,
    router,
    clock: deps.clock,
    // A look sends nothing, whatever the source may.
    sparkplug: config.topics.some(({ payload }) => payload.kind === "sparkplug")
      ? createSparkplug({
          ...{ source: name, clock: deps.clock, log: deps.log, board },
          publish: () => (deps.isPreview === true ? null : wire.publish),
          memory:
            deps.isPreview === true
              ? forgetfulMemory
              : openBirthMemory(join(deps.birthsFolder, `${name}.json`), deps.log),
        })
      : null,
    select: await selectFor(config.topics),
    onTaken: (from) => board.value(from, deps.clock.now()),
  });
  const station = { config, deps, connect, login, board, router, mailbox, wire };

  return {
    name,
    state: () => board.whole(),
    run: async (sink, signal) => {
      // Connections outlive the mailbox: what it settles last is still acknowledged.
      const hangUp = new AbortController();
      const lines = names.map((line, n) => runLine(station, { line, n }, hangUp.signal));
      try {
        await mailbox.run(sink, signal);
      } finally {
        hangUp.abort();
        await Promise.all(lines);
        for (const { name: part } of board.whole().parts) board.set(part, "stopped");
      }
    },
  };
}

interface Station {
  readonly config: MqttSourceConfig;
  readonly deps: MqttSourceDeps;
  readonly connect: SessionOptions["connect"];
  readonly login: BrokerLogin;
  readonly board: StatusBoard;
  readonly router: TopicRouter;
  readonly mailbox: Mailbox;
  /** The way out of the connection that stands, for rebirth requests. */
  readonly wire: { publish: Publish | null };
}

/** Keeps one connection up until the signal aborts. */
async function runLine(
  station: Station,
  { line, n }: { readonly line: string; readonly n: number },
  signal: AbortSignal,
): Promise<void> {
  const { config, deps, board } = station;
  const { clock, log, random } = deps;
  const about = { source: config.name, connection: n + 1 };
  let stoodBefore = false;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    let stoodSince: Ms | null = null;
    const onRunning: SessionOptions["onRunning"] = (isResumed, publish) => {
      station.wire.publish = publish;
      stoodSince = clock.monotonic();
      if (board.set(line, "running")) log.info("source.running", { ...about, isResumed });
      // The broker forgot us: what was published meanwhile it kept for nobody.
      if (stoodBefore && !isResumed) log.error("source.session.lost", about);
      stoodBefore = true;
    };
    board.set(line, "connecting");
    try {
      await runSession(await sessionOf(station, { line, n, onRunning }), signal);
    } catch (cause) {
      if (signal.aborted) return;
      const failure = connectionFailure(config.url, cause);
      const state = needsPerson(failure) ? "failed" : "connecting";
      if (board.set(line, state, failure.message))
        log.warn("source.lost", { ...about, error: failure.message });
    }
    station.wire.publish = null;
    if (stoodSince !== null && clock.monotonic() - stoodSince >= SETTLED_MS) attempt = 0;
    if (!signal.aborted) await clock.sleep(backoffMs(policy, attempt + 1, random()), signal);
  }
}

async function sessionOf(
  { config, deps, connect, login, router, mailbox }: Station,
  about: {
    readonly line: string;
    readonly n: number;
    readonly onRunning: SessionOptions["onRunning"];
  },
): Promise<SessionOptions> {
  const { isPreview = false } = deps;
  // A look must take no message away from those who share a subscription.
  const isShared = config.connections > 1 && !isPreview;
  const base = isPreview ? previewName(deps.random) : (config.clientId ?? `iai-${config.name}`);
  const clientId = isShared ? `${base}-${about.n + 1}` : base;
  const version5 = {
    properties: {
      sessionExpiryInterval: isPreview ? 0 : config.sessionExpirySeconds,
      receiveMaximum: config.inFlight,
    },
  };
  return {
    url: config.url,
    client: {
      ...(await login(clientId)),
      clean: isPreview,
      ...(config.version === "5" ? version5 : {}),
    },
    connect,
    filters: router.filters.map((filter) => (isShared ? `$share/${base}/${filter}` : filter)),
    from: about.line,
    mailbox,
    clock: deps.clock,
    onRunning: about.onRunning,
  };
}

/** Of nobody else: a second client of one name throws the first one out. */
function previewName(random: () => number): string {
  return `iai-preview-${Math.floor(random() * 2 ** 48).toString(36)}`;
}
