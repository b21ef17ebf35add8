import type { StorageFailure } from "./errors.ts";
import type { LogState, Upkeep } from "./log-store.ts";

/** What the main thread asks of the log worker, one thing at a time. Bodies are transferred both ways. */
export type LogRequest =
  | {
      readonly ask: "append";
      readonly firstOffset: number;
      readonly count: number;
      readonly appendedAt: number;
      readonly body: ArrayBuffer;
      readonly bytes: number;
    }
  | { readonly ask: "upkeep"; readonly task: Upkeep }
  | { readonly ask: "close" };

export type LogAnswer =
  | {
      readonly kind: "open";
      readonly state: LogState;
      readonly groups: readonly (readonly [string, number])[];
    }
  /** `body` comes back to be filled again. */
  | { readonly kind: "appended"; readonly body: ArrayBuffer }
  | { readonly kind: "kept"; readonly state: LogState; readonly more: boolean }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly failure: StorageFailure };
