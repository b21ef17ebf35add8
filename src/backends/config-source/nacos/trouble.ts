import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { NacosDeps } from "./nacos-session.ts";

/** How one conversation with Nacos stands: told in the log when it changes, and in the health since when. */
export interface Trouble {
  well(): void;
  /** Gives the failure back. */
  failed(failure: unknown): IaiError;
  /** Throws what is wrong, with `data.since`. */
  check(): void;
}

export function createTrouble(topic: string, { clock, log }: NacosDeps): Trouble {
  let present: { readonly since: EpochMs; readonly failure: IaiError } | null = null;
  return {
    well: () => {
      if (present === null) return;
      log.info(`${topic}.back`, { awayMs: clock.now() - present.since });
      present = null;
    },
    failed: (cause) => {
      const failure = asIaiError(cause, "talk to Nacos");
      const before = present;
      present = { since: before?.since ?? clock.now(), failure };
      if (before?.failure.code === failure.code) return failure;
      const fields = { code: failure.code, error: failure.message };
      // An absent server comes back; one that refuses needs a person.
      if (failure.code === "CONFIG_UNREACHABLE") log.warn(`${topic}.away`, fields);
      else log.error(`${topic}.refused`, fields);
      return failure;
    },
    check: () => {
      if (present === null) return;
      const { failure, since } = present;
      const message = `${failure.message}; since ${new Date(since).toISOString()}`;
      throw new IaiError(failure.code, message, { cause: failure, data: { since } });
    },
  };
}
