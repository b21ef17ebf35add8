import type { Clock } from "../../kernel/clock.ts";
import { asIaiError, describeError, type IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import type { IngestAnswer, ReadingSink, SourceItem } from "../../ports/source-adapter.ts";
import { createSourceDiary, type SourceDiary } from "./source-diary.ts";

export interface SourceIntakeDeps {
  readonly sink: ReadingSink;
  /** Name of the source in the log. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The source stops: waiting ends. */
  readonly signal: AbortSignal;
}

/** What came through one source since the start; received = accepted + duplicates + rejected. */
export interface SourceCounters {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Values that were kept as bad. */
  readonly degraded: number;
  /** Rejected readings and degraded values by code. */
  readonly byCode: Readonly<Record<string, number>>;
}

/**
 * The way in for an adapter that must not lose what it holds.
 * - A log that takes nothing now is tried again until it does or the source stops; meanwhile the adapter's peer keeps
 *   what is not acknowledged.
 * - An item that makes ingest fail goes to quarantine alone, so that it does not hold up what comes after it.
 */
export interface SourceIntake extends ReadingSink {
  counters(): SourceCounters;
  /** Why nothing is taken at the moment; null: it is. */
  waitingFor(): string | null;
  /** Single tags that were refused, and how far the devices' clocks are from ours. */
  readonly diary: Pick<SourceDiary, "troubles" | "skews">;
}

const policy: RetryPolicy = { baseMs: 100, maxMs: 5_000, attempts: null };

export function createSourceIntake(deps: SourceIntakeDeps): SourceIntake {
  const tally = { accepted: 0, duplicates: 0, rejected: 0, degraded: 0 };
  const byCode = new Map<string, number>();
  const waiting = createWaiting(deps);
  const diary = createSourceDiary();
  const count = (code: string): void => void byCode.set(code, (byCode.get(code) ?? 0) + 1);
  return {
    diary,
    accept: async (payload) => {
      const arrivedAt = deps.clock.now();
      const answer =
        "items" in payload
          ? await acceptItems(deps, waiting, payload)
          : await patiently(deps, waiting, () => deps.sink.accept(payload));
      tally.accepted += answer.accepted;
      tally.duplicates += answer.duplicates;
      tally.rejected += answer.rejected.length;
      tally.degraded += answer.degraded.length;
      if ("items" in payload) diary.note(payload.items, answer, arrivedAt);
      for (const { code } of answer.rejected) count(code);
      for (const { code } of answer.degraded) count(code);
      return answer;
    },
    counters: () => ({ ...tally, byCode: Object.fromEntries(byCode) }),
    waitingFor: waiting.reason,
  };
}

/** Says once that the log takes nothing, and once that it does again. */
interface Waiting {
  reason(): string | null;
  begin(failure: IaiError): void;
  end(): void;
}

function createWaiting({ log, name }: SourceIntakeDeps): Waiting {
  let reason: string | null = null;
  return {
    reason: () => reason,
    begin: (failure) => {
      if (reason === null) log.warn("source.waits", { source: name, error: failure.message });
      reason = failure.message;
    },
    end: () => {
      if (reason !== null) log.info("source.goes_on", { source: name });
      reason = null;
    },
  };
}

interface Items {
  readonly items: readonly SourceItem[];
  readonly deviceIds: readonly string[] | null;
}

/** Halves what fails for good until the item at fault stands alone. */
async function acceptItems(
  deps: SourceIntakeDeps,
  waiting: Waiting,
  { items, deviceIds }: Items,
): Promise<IngestAnswer> {
  try {
    return await patiently(deps, waiting, () => deps.sink.accept({ items, deviceIds }));
  } catch (failure) {
    if (deps.signal.aborted) throw failure;
    const [first] = items;
    if (first === undefined) throw failure;
    if (items.length === 1 && first.fault !== null) throw failure;
    if (items.length === 1) {
      const { code, message: detail } = asIaiError(failure, "check a reading");
      deps.log.error("source.item.failed", { source: first.source, error: detail });
      const culprit = { ...first, value: undefined, fault: { code, detail } };
      return await acceptItems(deps, waiting, { items: [culprit], deviceIds });
    }
    const middle = items.length >> 1;
    const left = await acceptItems(deps, waiting, { items: items.slice(0, middle), deviceIds });
    const right = await acceptItems(deps, waiting, { items: items.slice(middle), deviceIds });
    return joined(left, right, middle);
  }
}

function joined(left: IngestAnswer, right: IngestAnswer, offset: number): IngestAnswer {
  const shifted = <T extends { readonly index: number }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, index: item.index + offset }));
  return {
    accepted: left.accepted + right.accepted,
    duplicates: left.duplicates + right.duplicates,
    rejected: [...left.rejected, ...shifted(right.rejected)],
    degraded: [...left.degraded, ...shifted(right.degraded)],
  };
}

/** Until it succeeds or fails for good; stops with the failure when the source stops. */
async function patiently(
  { clock, random, signal }: SourceIntakeDeps,
  waiting: Waiting,
  work: () => Promise<IngestAnswer>,
): Promise<IngestAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await work();
      waiting.end();
      return answer;
    } catch (failure) {
      const error = asIaiError(failure, "accept readings");
      if (signal.aborted || !describeError(error.code).retry) throw error;
      waiting.begin(error);
      await clock.sleep(backoffMs(policy, attempt, random()), signal);
      if (signal.aborted) throw error;
    }
  }
}
