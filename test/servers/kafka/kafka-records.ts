import { Admin, Consumer } from "@platformatic/kafka";
import type { ServerHandle } from "../server-handle.ts";

/** A record as it lies in Kafka, read with the vendor's client and nothing of ours. */
export interface KafkaRecordSeen {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  /** The header that says where it comes from. */
  readonly origin: string | null;
}

export async function atKafka<T>(
  kafka: ServerHandle,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new Admin(optionsOf(kafka));
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/** Everything that a topic holds now, partition by partition. */
export async function recordsIn(
  kafka: ServerHandle,
  topic: string,
): Promise<readonly KafkaRecordSeen[]> {
  const count = await countIn(kafka, topic);
  const groupId = `look-${topic}`;
  const consumer = new Consumer({ ...optionsOf(kafka), groupId });
  const seen: KafkaRecordSeen[] = [];
  try {
    const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
    if (count > 0)
      for await (const { partition, offset, key, value, headerEntries } of stream) {
        const [header] = headerEntries.filter(([name]) => name.toString() === "iai");
        seen.push({
          partition,
          offset: Number(offset),
          key: key.toString(),
          value: value.toString(),
          origin: header?.[1].toString() ?? null,
        });
        if (seen.length >= count) break;
      }
  } finally {
    await consumer.close(true);
  }
  return seen.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Records in a topic, from the first one kept to the end. */
export async function countIn(kafka: ServerHandle, topic: string): Promise<number> {
  return await atKafka(kafka, async (admin) => {
    const { topics } = await admin.metadata({ topics: [topic] });
    const partitions = topics.get(topic)?.partitionsCount ?? 0;
    const at = async (timestamp: bigint): Promise<number> => {
      const chosen = Array.from({ length: partitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp,
      }));
      const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions: chosen }] });
      return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Number(offset), 0);
    };
    return (await at(-1n)) - (await at(-2n));
  });
}

function optionsOf(kafka: ServerHandle) {
  return { clientId: "test", bootstrapBrokers: [`127.0.0.1:${kafka.connection["port"]}`] };
}
