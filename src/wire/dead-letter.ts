/**
 * A record of topic `dead_letters`: one that a job could not use, kept whole, with the reason, and named by its
 * place in the log. A job that goes on from a checkpoint tells it again, the same to the byte.
 */
export interface DeadLetter {
  readonly job: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** The record's value; of raw records one character a byte. */
  readonly value: string;
  readonly reason: string;
}

export function encodeDeadLetter(letter: DeadLetter): string {
  return JSON.stringify(letter);
}

/** Throws on what no job of ours wrote: the topic is open to other writers. */
export function decodeDeadLetter(text: string): DeadLetter {
  const { job, topic, partition, offset, key, value, reason } = JSON.parse(text) as Readonly<
    Record<string, unknown>
  >;
  const texts = [job, topic, key, value, reason];
  const numbers = [partition, offset];
  if (!texts.every((one) => typeof one === "string") || !numbers.every(Number.isSafeInteger))
    throw new Error("Cannot read a dead letter: it has not the form of one");
  return { job, topic, partition, offset, key, value, reason } as DeadLetter;
}
