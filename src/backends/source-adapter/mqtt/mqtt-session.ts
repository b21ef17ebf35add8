import type { IClientOptions, MqttClient } from "mqtt";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Letter, Mailbox } from "./mailbox.ts";

export interface SessionOptions {
  readonly url: string;
  readonly client: IClientOptions;
  readonly connect: (url: string, options: IClientOptions) => MqttClient;
  readonly filters: readonly string[];
  readonly from: string;
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  /** Subscribed; `isResumed` false: the broker held nothing for us. */
  readonly onRunning: (isResumed: boolean, publish: Publish) => void;
}

/** Sends without waiting and without an answer: QoS 0. */
export type Publish = (topic: string, payload: Buffer) => void;

/** Reason code of MQTT 5. */
const NOT_AUTHORIZED = 135;
/** Time that a polite end may take. */
const END_MS: Ms = 1_000;

/**
 * One connection with a session that the broker keeps: subscribes, brings messages to the mailbox, acknowledges what
 * is settled. Resolves when the signal aborts; throws why the connection ended when that was not our wish.
 */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const client = options.connect(options.url, options.client);
  const ended = endOf(client, signal);
  receive(client, options);
  try {
    const isResumed = await Promise.race([connected(client), ended]);
    if (signal.aborted) return;
    await Promise.race([subscribe(client, options.filters), ended]);
    if (signal.aborted) return;
    options.onRunning(isResumed === true, (topic, payload) => {
      if (client.connected) client.publish(topic, payload, { qos: 0 });
    });
    await ended;
  } finally {
    await end(client, options.clock);
  }
}

/** Rejects with the reason when the connection ends; resolves when the signal aborts. */
function endOf(client: MqttClient, signal: AbortSignal): Promise<void> {
  const ended = Promise.withResolvers<void>();
  let reason: Error | null = null;
  client.on("error", (failure) => {
    reason ??= failure;
    ended.reject(failure);
  });
  client.on("disconnect", ({ reasonCode }) => {
    reason ??= Object.assign(new Error(`it ended the session (${reasonCode})`), {
      code: reasonCode ?? null,
    });
  });
  client.on("close", () => ended.reject(reason ?? new Error("the connection was closed")));
  if (signal.aborted) ended.resolve();
  signal.addEventListener("abort", () => ended.resolve(), { once: true });
  // Whoever has gone on by other ways need not hear of it.
  ended.promise.catch(() => undefined);
  return ended.promise;
}

function connected(client: MqttClient): Promise<boolean> {
  return new Promise((resolve) => {
    client.once("connect", ({ sessionPresent }) => resolve(sessionPresent));
  });
}

async function subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
  // Retained messages are old: they are wanted only by a session that is new.
  try {
    await client.subscribeAsync([...filters], { qos: 1, rh: 1 });
  } catch (cause) {
    // Without an answer of the broker in it the connection broke.
    if (!(cause instanceof Error && "packet" in cause && cause.packet !== undefined)) throw cause;
    const message = `it does not let IAI hear ${filters.join(", ")}`;
    throw Object.assign(new Error(message, { cause }), { code: NOT_AUTHORIZED });
  }
}

/**
 * mqtt.js would acknowledge one message before it looks at the next. A handler that ends with an error is not
 * acknowledged at all (the contract suite holds it to that), so each ends with one, and we send
 * the acknowledgement ourselves when the message is durable: many can be on their way at a time.
 */
function receive(client: MqttClient, { from, mailbox, clock }: SessionOptions): void {
  const acknowledge = createAcknowledger(client);
  client.handleMessage = (packet, next) => {
    const { topic, payload, qos, messageId } = packet;
    const id = qos === 1 && messageId !== undefined ? messageId : null;
    const letter: Letter = {
      topic,
      payload: typeof payload === "string" ? Buffer.from(payload) : payload,
      arrivedAt: clock.now(),
      from,
      settle: () => (id === null ? undefined : acknowledge(id)),
    };
    // While the mailbox is full the connection is not read on.
    const deposit = (): void => {
      if (mailbox.offer(letter)) next(later);
      else void mailbox.room().then(deposit);
    };
    deposit();
  };
}

const later = new Error("acknowledged later");

/** Acknowledgements of one turn leave as one write. Those of a connection that is gone must not reach the next. */
function createAcknowledger(client: MqttClient): (messageId: number) => void {
  let waiting: number[] = [];
  const flush = (): void => {
    const ids = waiting;
    waiting = [];
    if (client.connected) client.stream.write(encodeAcknowledgements(ids));
  };
  return (messageId) => {
    if (waiting.length === 0) queueMicrotask(flush);
    waiting.push(messageId);
  };
}

/** PUBACK packets (MQTT 3.1.1 section 3.4, MQTT 5 section 3.4 without a reason: success). */
export function encodeAcknowledgements(messageIds: readonly number[]): Buffer {
  const bytes = Buffer.alloc(messageIds.length * 4);
  for (const [index, id] of messageIds.entries()) {
    bytes.writeUInt16BE(0x4002, index * 4);
    bytes.writeUInt16BE(id, index * 4 + 2);
  }
  return bytes;
}

/** With DISCONNECT where there is still a connection; never longer than a moment. */
async function end(client: MqttClient, clock: Clock): Promise<void> {
  const signal = new AbortController().signal;
  await withDeadline({ clock, ms: END_MS, signal }, () => client.endAsync(!client.connected)).catch(
    () => undefined,
  );
  client.end(true);
}
