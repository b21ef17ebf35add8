import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { type EpochMs, MINUTE } from "../../../model/basics.ts";

export interface AskSharesConfig {
  readonly perMinute: number;
  /** Questions of everybody under way at one time. */
  readonly atOneTime: number;
}

/** Who asked how often: nobody uses up what alarms may need. */
export interface AskShares {
  /** Takes a place for one question; the answer gives it back. Throws RATE_LIMITED or QUEUE_FULL. */
  take(personId: string): () => void;
}

/** People remembered at most; the one who asked longest ago is forgotten first. */
const PEOPLE_MAX = 10_000;

/** At most so many questions of one person begin in any minute, and so many of all run at one time. */
export function createAskShares(
  clock: Clock,
  { perMinute, atOneTime }: AskSharesConfig,
): AskShares {
  const asked = new Map<string, readonly EpochMs[]>();
  let running = 0;
  return {
    take: (personId) => {
      const now = clock.monotonic();
      const recent = (asked.get(personId) ?? []).filter((at) => now - at < MINUTE);
      if (recent.length >= perMinute) {
        const retryAfterMs = Math.ceil((recent[0] ?? now) + MINUTE - now);
        const message = `Cannot answer: you asked ${recent.length} questions within a minute, ${perMinute} are possible; the model was not asked`;
        throw new IaiError("RATE_LIMITED", message, { data: { retryAfterMs } });
      }
      if (running >= atOneTime) {
        const message = `Cannot answer: ${running} questions are being answered; the model was not asked`;
        throw new IaiError("QUEUE_FULL", message);
      }
      asked.delete(personId);
      asked.set(personId, [...recent, now]);
      const oldest = asked.keys().next().value;
      if (asked.size > PEOPLE_MAX && oldest !== undefined) asked.delete(oldest);
      running += 1;
      return () => {
        running -= 1;
      };
    },
  };
}
