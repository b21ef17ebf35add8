import { isIdentifier } from "../../model/basics.ts";
import type { ToldLetter } from "../../pipeline/ingest/dead-letters.ts";
import type { DeliveredRecord } from "../../ports/event-bus.ts";
import { decodeDeadLetter } from "../../wire/dead-letter.ts";

/** A record of topic `dead_letters` as the station that keeps them knows it. */
export function decodeLetter({ value: bytes }: DeliveredRecord): ToldLetter {
  const letter = decodeDeadLetter(Buffer.from(bytes).toString("utf8"));
  const { job, topic, partition, offset, key, value, reason } = letter;
  const place = `${topic}-${partition} offset ${offset}`;
  const raw = Buffer.from(value, topic === "raw_sensor_data" ? "latin1" : "utf8");
  // Keys of ticks and of what concerns all devices name none.
  return { job, place, reason, deviceId: isIdentifier(key) ? key : null, raw };
}
