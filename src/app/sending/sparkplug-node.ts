import type { IClientOptions, MqttClient } from "mqtt";
import type { Clock } from "../../kernel/clock.ts";
import { withDeadline } from "../../kernel/deadline.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import type { PlantReading } from "./plant-peer.ts";
import {
  bdSeqMetric,
  birthMetrics,
  dataMetrics,
  type EdgeNode,
  nodeMetrics,
  REBIRTH,
  type SparkplugMessage,
  topicOf,
} from "./sparkplug-codec.ts";

export interface SparkplugNodeOptions {
  readonly edge: EdgeNode;
  readonly url: string;
  readonly login: Pick<IClientOptions, "username" | "password">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * One edge node (Sparkplug 3.0): a will that tells its death, births before data, aliases in data, one number after the
 * other, births again when a host asks for them.
 */
export interface SparkplugNode {
  open(): Promise<void>;
  /** How many were handed to the broker; the node keeps nothing while it is cut off. */
  send(readings: readonly PlantReading[]): Promise<number>;
  close(): Promise<void>;
}

const GREETING_MS: Ms = 10_000;
const RECONNECT_MS: Ms = 1_000;
/** Both numbers of the specification run from 0 to 255. */
const NUMBERS = 256;

export async function createSparkplugNode(options: SparkplugNodeOptions): Promise<SparkplugNode> {
  const { edge, url, login, clock, signal } = options;
  const [{ connect }, sparkplug] = await Promise.all([
    import("mqtt"),
    import("sparkplug-payload/lib/sparkplugbpayload.js"),
  ]);
  const encode = ({ at, seq, metrics }: SparkplugMessage): Buffer => {
    const payload = { timestamp: at, metrics, ...(seq === null ? {} : { seq }) };
    return Buffer.from(sparkplug.encodePayload(payload));
  };
  const deathOf = (bdSeq: number): NonNullable<IClientOptions["will"]> => {
    const payload = encode({ at: clock.now(), seq: null, metrics: [bdSeqMetric(bdSeq)] });
    return { topic: topicOf(edge, "NDEATH"), payload, qos: 1, retain: false };
  };
  const client = connect(url, {
    ...login,
    clean: true,
    manualConnect: true,
    reconnectPeriod: RECONNECT_MS,
    queueQoSZero: false,
    will: deathOf(0),
  });
  const life = createLife(edge, (topic, message) =>
    client.publishAsync(topic, encode(message), { qos: 0 }),
  );
  let bdSeq = 0;
  let closing = false;
  client.on("close", () => {
    if (closing || !life.end()) return;
    bdSeq = (bdSeq + 1) % NUMBERS;
    client.options.will = deathOf(bdSeq);
  });
  client.on("message", (_topic, payload) => {
    const asked = sparkplug.decodePayload(payload).metrics ?? [];
    if (asked.some(({ name, value }) => name === REBIRTH && value === true))
      life.begin(clock.now(), bdSeq).catch(() => undefined);
  });
  return {
    open: () => greet(client, topicOf(edge, "NCMD"), { url, clock, signal }),
    send: async (readings) => {
      if (!client.connected) return 0;
      try {
        if (!life.isBorn()) await life.begin(clock.now(), bdSeq);
        await life.tell(readings);
        return readings.length;
      } catch {
        // Cut off in the middle: the next birth starts anew.
        return 0;
      }
    },
    close: async () => {
      closing = true;
      if (client.connected) {
        const { topic, payload } = deathOf(bdSeq);
        await client.publishAsync(topic, payload, { qos: 0 }).catch(() => undefined);
      }
      await client.endAsync().catch(() => undefined);
    },
  };
}

type Publish = (topic: string, message: SparkplugMessage) => Promise<unknown>;

/** What the hosts know of a node since its last birth. */
function createLife(edge: EdgeNode, publish: Publish) {
  const places = new Map(edge.machines.map(({ deviceId }, n) => [deviceId, n]));
  const latest = new Map<string, PlantReading>();
  let known = new Set<string>();
  let born = false;
  let seq = 0;
  const next = (): number => {
    seq = (seq + 1) % NUMBERS;
    return seq;
  };
  const tellOne = (reading: PlantReading): Promise<unknown> => {
    const { deviceId, at } = reading;
    const place = places.get(deviceId) ?? 0;
    latest.set(deviceId, reading);
    if (known.has(deviceId)) {
      const message = { at, seq: next(), metrics: dataMetrics(reading, place) };
      return publish(topicOf(edge, "DDATA", deviceId), message);
    }
    known.add(deviceId);
    const message = { at, seq: next(), metrics: birthMetrics(reading, place) };
    return publish(topicOf(edge, "DBIRTH", deviceId), message);
  };
  return {
    isBorn: () => born,
    /** False: there was none. */
    end: (): boolean => {
      const was = born;
      born = false;
      return was;
    },
    begin: async (at: number, bdSeq: number): Promise<void> => {
      born = true;
      known = new Set();
      seq = 0;
      const birth = publish(topicOf(edge, "NBIRTH"), { at, seq, metrics: nodeMetrics(bdSeq) });
      await Promise.all([birth, ...[...latest.values()].map(tellOne)]);
    },
    tell: (readings: readonly PlantReading[]) => Promise.all(readings.map(tellOne)),
  };
}

async function greet(
  client: MqttClient,
  commands: string,
  { url, clock, signal }: Pick<SparkplugNodeOptions, "url" | "clock" | "signal">,
): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    // Later ones are told by what is not taken.
    client.on("error", reject);
  });
  client.connect();
  try {
    await withDeadline({ clock, ms: GREETING_MS, signal }, () => connected);
    await client.subscribeAsync(commands, { qos: 1 });
  } catch (cause) {
    // The library's end() alone, before the socket has closed, goes on connecting for ever.
    client.options.reconnectPeriod = 0;
    client.end(true);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot speak Sparkplug to ${url}: ${reason}, nothing was sent`;
    throw new IaiError("SOURCE_UNREACHABLE", message, { cause });
  }
}
