import { type Frame, sourceTopics } from "../../../../wire/engine-frames.ts";
import type { Emit } from "./job.ts";

/** A record that a job could not use: kept whole, with the reason, and named by its place in the log. */
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

export function emitDeadLetter(emit: Emit, job: string, frame: Frame, failure: unknown): void {
  const { source, partition, offset, key, value } = frame;
  const reason = failure instanceof Error ? failure.message : String(failure);
  const letter: DeadLetter = {
    ...{ job, topic: sourceTopics[source], partition, offset, key, value, reason },
  };
  emit("d", key, JSON.stringify(letter));
}
