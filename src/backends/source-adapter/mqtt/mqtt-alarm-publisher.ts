import type { IClientOptions, MqttClient } from "mqtt";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { encodeAlarm } from "./alarm-codec.ts";
import { type BrokerLogin, createBrokerLogin, type LoginDeps } from "./broker-login.ts";
import type { MqttSourceConfig } from "./config.ts";
import { publishFailure, refusedTopic } from "./errors.ts";

/** Name of the target that publishes a source's alarms. */
export function alarmTargetOf(source: { readonly name: string }): string {
  return `${source.name} alarms`;
}

/**
 * Publishes each transition to the topic of its device, QoS 1, not retained. It is a target of the outbox like any
 * other: that is at least once and in order for each alarm, with the journal and the retries that are there already.
 * The connection is its own, made when there is something to say, with no session that could be left behind.
 */
export async function openMqttAlarmPublisher(
  config: MqttSourceConfig & { readonly alarmTopic: string },
  deps: LoginDeps & { readonly clock: Clock },
): Promise<Notifier> {
  const name = alarmTargetOf(config);
  const { connect } = await import("mqtt");
  const login = createBrokerLogin(config, deps);
  await login("");
  const clientId = `${config.clientId ?? `iai-${config.name}`}-alarms`;
  const line = createLine({ login, clientId, url: config.url, connect });
  const closing = new AbortController();

  return {
    name,
    deliver: async (notification, caller) => {
      const { topic, payload } = encodeAlarm(config.alarmTopic, notification);
      if (topic === null) throw refusedTopic(name, notification.alarm.deviceId);
      const signal = AbortSignal.any([caller, closing.signal]);
      const limits = { clock: deps.clock, ms: config.connectTimeoutMs, signal };
      await withDeadline(limits, () => line.publish(topic, payload)).catch((cause: unknown) => {
        const failure = publishFailure(name, cause);
        // Whatever hangs, hangs for good: the next attempt gets a connection of its own.
        if (failure.code === "NOTIFY_UNREACHABLE") line.drop();
        throw failure;
      });
      return { receipt: `PUBACK ${topic}` };
    },
    close: async () => {
      closing.abort(new Error("IAI is stopping"));
      line.drop();
    },
  };
}

interface LineDeps {
  readonly url: string;
  readonly clientId: string;
  readonly login: BrokerLogin;
  readonly connect: (url: string, options: IClientOptions) => MqttClient;
}

/** A connection, and those who wait for something on it. */
interface Line {
  readonly client: MqttClient;
  /** Settles as `work` does, or rejects when the connection ends. */
  untilEnded<T>(work: Promise<T>): Promise<T>;
}

/** One connection for all who publish at a time. */
function createLine(deps: LineDeps) {
  let open: { readonly line: Promise<Line> } | null = null;
  const lineNow = (): Promise<Line> => {
    if (open !== null) return open.line;
    const forget = (): void => {
      if (open === mine) open = null;
    };
    const mine = { line: dial(deps, forget) };
    open = mine;
    mine.line.catch(forget);
    return mine.line;
  };
  return {
    /** Resolves at the PUBACK; mqtt.js keeps quiet about messages under way when a connection ends. */
    publish: async (topic: string, payload: string): Promise<void> => {
      const { client, untilEnded } = await lineNow();
      await untilEnded(client.publishAsync(topic, payload, { qos: 1, retain: false }));
    },
    drop: (): void => {
      const dropped = open;
      open = null;
      dropped?.line.then(({ client }) => client.end(true)).catch(() => undefined);
    },
  };
}

async function dial({ url, clientId, login, connect }: LineDeps, onEnd: () => void): Promise<Line> {
  const client = connect(url, { ...(await login(clientId)), clean: true });
  const waiting = new Set<(reason: Error) => void>();
  const interrupt = (reason: Error): void => {
    for (const reject of waiting) reject(reason);
  };
  client.on("error", interrupt);
  client.on("close", () => {
    onEnd();
    interrupt(new Error("the connection was closed"));
    client.end(true);
  });
  const line: Line = {
    client,
    // Not by racing with one promise for all, which would remember every message.
    untilEnded: (work) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        void work.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
  await line.untilEnded(new Promise<void>((resolve) => client.once("connect", () => resolve())));
  return line;
}
