import { DAY, type EpochMs, MINUTE, type Ms, SECOND } from "../../model/basics.ts";

/** Failed sign-ins of one name; the same for a name that exists and one that does not. */
export interface FailedLogins {
  readonly failedLogins: number;
  readonly lockedUntil: EpochMs | null;
}

const FIRST_LOCK_MS: Ms = 30 * SECOND;
const LONGEST_LOCK_MS: Ms = 15 * MINUTE;

/** How long the name is locked from now; 0: it is not. */
export function lockedForMs({ lockedUntil }: FailedLogins, now: EpochMs): Ms {
  if (lockedUntil === null) return 0;
  const left = lockedUntil - now;
  // Longer than any lock: the wall clock was set back, and that must not lock anybody out.
  return left > LONGEST_LOCK_MS ? 0 : Math.max(0, left);
}

/** After `lockAfter` failures in a row each further one locks, twice as long as the one before. */
export function afterFailure(state: FailedLogins, now: EpochMs, lockAfter: number): FailedLogins {
  const isOld = state.lockedUntil !== null && now - state.lockedUntil > DAY;
  const failedLogins = (isOld ? 0 : state.failedLogins) + 1;
  if (failedLogins < lockAfter) return { failedLogins, lockedUntil: null };
  const doublings = Math.min(failedLogins - lockAfter, 10);
  const lockMs = Math.min(FIRST_LOCK_MS * 2 ** doublings, LONGEST_LOCK_MS);
  return { failedLogins, lockedUntil: now + lockMs };
}

export const noFailure: FailedLogins = { failedLogins: 0, lockedUntil: null };
