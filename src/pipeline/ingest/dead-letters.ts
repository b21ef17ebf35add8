import { createHash } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import { describeError, IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { type RetryPolicy, retry } from "../../kernel/retry.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { DeliveredRecord, EventBus } from "../../ports/event-bus.ts";
import type { Quarantine, QuarantineItem } from "./quarantine.ts";

/** Name of this station on the bus. */
export const DEAD_LETTERS_GROUP = "dead-letters";

/** What a record of topic `dead_letters` says. */
export interface ToldLetter {
  /** The job that could not use the record. */
  readonly job: string;
  /** Where the record lies, in words. */
  readonly place: string;
  readonly reason: string;
  /** null: it is no device's. */
  readonly deviceId: DeviceId | null;
  /** The record's value as it lies there. */
  readonly raw: Uint8Array;
}

export interface DeadLetterDeps {
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  readonly quarantine: Pick<Quarantine, "add">;
  /** Throws on what no job of ours wrote. */
  readonly decode: (record: DeliveredRecord) => ToldLetter;
  readonly clock: Clock;
  readonly log: Log;
}

const patience: RetryPolicy = { baseMs: 100, maxMs: 10_000, attempts: null };

/**
 * Carries what stream jobs could not use into quarantine, whole and with their reason. A letter that comes again,
 * from the bus or from a job that went on from a checkpoint, is one row: its id is made of what it says. Runs until
 * the signal aborts.
 */
export async function runDeadLetters(deps: DeadLetterDeps, signal: AbortSignal): Promise<void> {
  const { bus, quarantine, clock, log } = deps;
  const topics = ["dead_letters"] as const;
  const options = { topics, group: DEAD_LETTERS_GROUP, from: null, shared: true, signal };
  for await (const { records, next } of bus.subscribe(options)) {
    const items = records.map((record) => itemOf(record, deps));
    await retry(() => quarantine.add(items), {
      ...{ clock, policy: patience, signal, random: () => 0.5 },
      isRetryable: (failure) => failure instanceof IaiError && describeError(failure.code).retry,
      onRetry: (failure, attempt, waitMs) =>
        log.warn("dead_letters.postponed", { attempt, waitMs, error: String(failure) }),
    });
    if (signal.aborted) return;
    if (items.length > 0) log.warn("dead_letters.kept", { records: items.length });
    await bus.confirm(DEAD_LETTERS_GROUP, next);
  }
}

/** Others can write to the topic too: what is without end would not fit into a row. */
const JOB_CHARS = 100;
const DETAIL_CHARS = 2_000;

function itemOf(record: DeliveredRecord, { decode }: DeadLetterDeps): QuarantineItem {
  const id = createHash("sha256").update(record.value).digest("hex").slice(0, 32);
  const told = toldBy(record, decode);
  const detail = `${told.place}: ${told.reason}`.slice(0, DETAIL_CHARS);
  const source = told.job.slice(0, JOB_CHARS);
  const { deviceId, raw } = told;
  return { id, source, code: "STEP_FAILED", detail, deviceId, raw };
}

/** What is no letter of ours is kept as it is: it must not hold up those that are. */
function toldBy(record: DeliveredRecord, decode: DeadLetterDeps["decode"]): ToldLetter {
  try {
    return decode(record);
  } catch (failure) {
    const { partition, offset, value } = record;
    const place = `${partition} offset ${offset}`;
    return { job: "bus", place, reason: String(failure), deviceId: null, raw: value };
  }
}
