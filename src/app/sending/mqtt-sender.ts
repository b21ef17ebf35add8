import { readFileSync } from "node:fs";
import type { MqttClient } from "mqtt";
import type { Clock } from "../../kernel/clock.ts";
import { withDeadline } from "../../kernel/deadline.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import type { SendAnswer, WireReading } from "./http-sender.ts";

export interface MqttSenderOptions {
  /** `mqtt://` or `mqtts://` with host and port. */
  readonly url: string;
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** Topic of a device. */
  readonly topicOf: (deviceId: string) => string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Publishes readings like the gateways of a plant do: one message a reading, QoS 1, one topic a device. */
export interface MqttSender {
  /** Throws when the broker does not answer or refuses us. */
  greet(): Promise<void>;
  /** Resolves when the broker has acknowledged all of them. What became of them IAI alone knows. */
  send(readings: readonly WireReading[]): Promise<SendAnswer>;
  close(): Promise<void>;
}

const GREETING_MS: Ms = 10_000;
const GIVE_UP_AFTER: Ms = 300_000;
const RECONNECT_MS: Ms = 1_000;

export async function openMqttSender(options: MqttSenderOptions): Promise<MqttSender> {
  const { url, user, passwordFile, topicOf, clock } = options;
  if (!/^mqtts?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new IaiError(
      "USAGE",
      `Cannot send readings: --url must be like mqtt://host:1883, got "${url}"`,
    );
  const { connect } = await import("mqtt");
  const client = connect(url, {
    reconnectPeriod: RECONNECT_MS,
    manualConnect: true,
    ...(user === null ? {} : { username: user }),
    ...(passwordFile === null ? {} : { password: readFileSync(passwordFile, "utf8").trimEnd() }),
  });
  return {
    greet: () => greet(client, options),
    send: async (readings) => {
      const messages = readings.map((reading) => {
        const { device_id, ...rest } = reading;
        const topic = topicOf(String(device_id));
        return client.publishAsync(topic, JSON.stringify(rest), { qos: 1 });
      });
      // What is under way is brought to its end, also when the plant is told to stop.
      const never = new AbortController().signal;
      const limits = { clock, ms: GIVE_UP_AFTER, signal: never };
      await withDeadline(limits, () => Promise.all(messages));
      return { accepted: readings.length, duplicates: 0, rejected: [], degraded: [] };
    },
    close: async () => void client.end(true),
  };
}

async function greet(client: MqttClient, { url, clock, signal }: MqttSenderOptions): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    // Later ones are told by what is not acknowledged.
    client.on("error", reject);
  });
  client.connect();
  try {
    await withDeadline({ clock, ms: GREETING_MS, signal }, () => connected);
  } catch (cause) {
    // The library's end() alone, before the socket has closed, goes on connecting for ever.
    client.options.reconnectPeriod = 0;
    client.end(true);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot send readings to ${url}: ${reason}, nothing was sent`;
    throw new IaiError("SOURCE_UNREACHABLE", message, { cause });
  }
}
