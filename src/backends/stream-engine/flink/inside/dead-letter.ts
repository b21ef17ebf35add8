import { encodeDeadLetter } from "../../../../wire/dead-letter.ts";
import { type Frame, sourceTopics } from "../../../../wire/engine-frames.ts";
import type { Emit } from "./job.ts";

/** A record that a job could not use: kept whole, with the reason, and named by its place in the log. */
export function emitDeadLetter(emit: Emit, job: string, frame: Frame, failure: unknown): void {
  const { source, partition, offset, key, value } = frame;
  const reason = failure instanceof Error ? failure.message : String(failure);
  const place = { topic: sourceTopics[source], partition, offset };
  emit("d", key, encodeDeadLetter({ job, ...place, key, value, reason }));
}
