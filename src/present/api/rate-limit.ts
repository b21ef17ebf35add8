import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { SECOND } from "../../model/basics.ts";

/** Principals remembered at most; the oldest is forgotten, which can only give it more than its share. */
const maxPrincipals = 10_000;

export interface RateLimit {
  /** Throws RATE_LIMITED when this principal has used up its share. */
  admit(principalId: string): void;
  /** Counts what a request brought; a large one is paid for by a wait after it. */
  charge(principalId: string, items: number): void;
}

/** A bucket of one second's worth for each principal, refilled evenly; 0: no limit. */
export function createRateLimit(clock: Clock, perSecond: number, items = "readings"): RateLimit {
  if (perSecond === 0) return { admit: () => undefined, charge: () => undefined };
  const buckets = new Map<string, { tokens: number; at: number }>();
  const bucketOf = (principalId: string): { tokens: number; at: number } => {
    const now = clock.monotonic();
    const bucket = buckets.get(principalId) ?? { tokens: perSecond, at: now };
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.at) / SECOND) * perSecond);
    bucket.at = now;
    buckets.set(principalId, bucket);
    if (buckets.size > maxPrincipals) {
      const oldest = buckets.keys().next().value;
      if (oldest !== undefined) buckets.delete(oldest);
    }
    return bucket;
  };
  return {
    admit: (principalId) => {
      const { tokens } = bucketOf(principalId);
      if (tokens > 0) return;
      const retryAfterMs = ((1 - tokens) / perSecond) * SECOND;
      const message = `Cannot accept: the key has sent more than ${perSecond} ${items} a second; nothing was stored`;
      throw new IaiError("RATE_LIMITED", message, { data: { retryAfterMs } });
    },
    charge: (principalId, items) => {
      bucketOf(principalId).tokens -= items;
    },
  };
}
