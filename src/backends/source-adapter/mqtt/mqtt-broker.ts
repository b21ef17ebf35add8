import type { Aedes, PublishPacket } from "aedes";
import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../../kernel/retry.ts";
import { createStatusBoard, type StatusBoard } from "../../../kernel/status-board.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { encodeAlarm } from "./alarm-codec.ts";
import type { MqttBrokerConfig } from "./broker-config.ts";
import { openBrokerDesk } from "./broker-desk.ts";
import { type BrokerListener, openListener } from "./broker-listener.ts";
import { openBrokerRights } from "./broker-rights.ts";
import { refusedTopic } from "./errors.ts";
import { selectFor } from "./json-path.ts";
import { createMailbox } from "./mailbox.ts";
import { alarmTargetOf } from "./mqtt-alarm-publisher.ts";
import { createTopicRouter } from "./topic-router.ts";

export interface MqttBrokerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** The broker inside IAI: readings come in, alarms go out. */
export interface OpenMqttBroker {
  readonly adapter: SourceAdapter;
  /** null: no topic for alarms is configured. */
  readonly alarms: Notifier | null;
}

const policy: RetryPolicy = { baseMs: 500, maxMs: 10_000, attempts: null };
const LISTENER = "listener";

/** A broker for sites that have none; see README.md for what is promised. */
export async function openMqttBroker(
  config: MqttBrokerConfig,
  deps: MqttBrokerDeps,
): Promise<OpenMqttBroker> {
  const { clock, log } = deps;
  const router = createTopicRouter(config.topics);
  const rights = await openBrokerRights(config, { router, log });
  const board = createStatusBoard(clock, [LISTENER]);
  const onTaken = (): void => board.value(LISTENER, clock.now());
  const mailbox = createMailbox({
    ...{ name: config.name, router, clock, onTaken },
    sparkplug: null,
    select: await selectFor(config.topics),
  });
  let broker: Aedes | null = null;

  const adapter: SourceAdapter = {
    name: config.name,
    state: () => board.whole(),
    run: async (sink, signal) => {
      // Clients are let go only when what they sent is settled.
      const hangUp = new AbortController();
      const desk = await openBrokerDesk({ rights, mailbox, clock, log, source: config.name });
      broker = desk;
      const serving = serve(desk, { config, deps, board }, hangUp.signal);
      try {
        await mailbox.run(sink, signal);
      } finally {
        broker = null;
        hangUp.abort();
        await serving;
        await new Promise<void>((resolve) => desk.close(() => resolve()));
        board.set(LISTENER, "stopped");
      }
    },
  };
  return { adapter, alarms: alarmsOf(config, () => broker) };
}

/** Listens until the signal aborts; a port that another program has is tried again. */
async function serve(
  desk: Aedes,
  {
    config,
    deps,
    board,
  }: {
    readonly config: MqttBrokerConfig;
    readonly deps: MqttBrokerDeps;
    readonly board: StatusBoard;
  },
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, random } = deps;
  const about = { source: config.name, host: config.host, port: config.port };
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    board.set(LISTENER, "connecting");
    try {
      const listener: BrokerListener = await openListener(config, desk);
      if (board.set(LISTENER, "running")) log.info("source.running", about);
      await listener.until(signal);
      return;
    } catch (failure) {
      const error = `Cannot listen on ${config.host}:${config.port}: ${String(failure)}`;
      if (board.set(LISTENER, "failed", error)) log.error("source.failed", { ...about, error });
    }
    await clock.sleep(backoffMs(policy, attempt, random()), signal);
  }
}

/** Hands transitions to those who are connected; who is not there does not get them later. */
function alarmsOf(config: MqttBrokerConfig, broker: () => Aedes | null): Notifier | null {
  const { alarmTopic } = config;
  if (alarmTopic === null) return null;
  const name = alarmTargetOf(config);
  return {
    name,
    deliver: async (notification) => {
      const { topic, payload } = encodeAlarm(alarmTopic, notification);
      if (topic === null) throw refusedTopic(name, notification.alarm.deviceId);
      const open = broker();
      if (open === null) {
        const message = `Cannot deliver to "${name}": the broker does not run, nothing was published`;
        throw new IaiError("NOTIFY_UNREACHABLE", message);
      }
      await publishIn(open, { topic, payload });
      return { receipt: `published ${topic}` };
    },
    close: async () => undefined,
  };
}

function publishIn(
  broker: Aedes,
  { topic, payload }: { readonly topic: string; readonly payload: string },
): Promise<void> {
  const packet: PublishPacket = {
    cmd: "publish",
    topic,
    payload,
    qos: 1,
    retain: false,
    dup: false,
  };
  return new Promise((resolve, reject) => {
    broker.publish(packet, (failure) => (failure ? reject(failure) : resolve()));
  });
}
