import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import { createStatusBoard, type StatusBoard } from "../../../kernel/status-board.ts";
import { type TagState, troubleOf } from "./tag-state.ts";

/** Tags that are shown one by one; of more, only the devices are. */
const TAGS_SHOWN = 1_000;
/** Tags at fault that a device names. */
const NAMED_MAX = 3;

/** How the session and the tags stand. */
export interface PartBoard {
  readonly board: StatusBoard;
  /** Brings the parts up to date with what is known of their tags. */
  refresh(): void;
  /** All of them, when the session begins or ends. */
  setAll(state: "connecting" | "stopped" | "failed", reason?: string): void;
}

export const SESSION = "session";

export function createPartBoard(
  name: string,
  states: readonly TagState[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): PartBoard {
  const byTag = states.length <= TAGS_SHOWN;
  const parts = Map.groupBy(states, ({ tag }) =>
    byTag ? `${tag.deviceId}/${tag.metric}` : tag.deviceId,
  );
  const board = createStatusBoard(clock, [SESSION, ...parts.keys()]);
  return {
    board,
    refresh: () => {
      const now = clock.monotonic();
      for (const [part, members] of parts) {
        const trouble = members.flatMap((state) => {
          const reason = troubleOf(state, now);
          return reason === null ? [] : [byTag ? reason : `${state.tag.metric}: ${reason}`];
        });
        const newest = Math.max(...members.map(({ lastAt }) => lastAt ?? 0));
        if (newest > 0) board.value(part, newest);
        if (trouble.length === 0) board.set(part, "running");
        else note(part, summary(trouble));
      }
    },
    setAll: (state, reason) => {
      for (const part of parts.keys()) board.set(part, state, reason);
    },
  };

  function note(part: string, trouble: string): void {
    // How long a tag has been silent is no news each second.
    const before = board.whole().parts.find((one) => one.name === part)?.lastError ?? null;
    const isNews = before === null || stem(before) !== stem(trouble);
    board.set(part, "failed", trouble);
    if (isNews) log.warn("source.part.failed", { source: name, part, error: trouble });
  }
}

const stem = (trouble: string): string => trouble.replaceAll(/\d+ s/g, "");

function summary(trouble: readonly string[]): string {
  const more = trouble.length - NAMED_MAX;
  const named = trouble.slice(0, NAMED_MAX).join("; ");
  return more > 0 ? `${named}; and ${more} more` : named;
}
