import type { Comment, HistoryEntry } from "../api/types.ts";
import { useWord } from "../i18n/text.ts";
import { Instant } from "./age.tsx";

interface Line {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
}

/** Entries and comments in one order of time, newest first. */
export function HistoryList(props: {
  entries: readonly HistoryEntry[];
  comments: readonly Comment[];
}) {
  const word = useWord();
  const lines: Line[] = [
    ...props.entries
      .filter((entry) => entry.action !== "comment" || props.comments.length === 0)
      .map((entry) => ({ ...entry, id: entry.history_id })),
    ...props.comments.map((comment) => ({
      id: comment.comment_id,
      at: comment.at,
      actor: comment.actor,
      action: "comment",
      reason: comment.text,
    })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className="history">
      {lines.map((line) => (
        <li key={line.id}>
          <span className="muted small">
            <Instant at={line.at} />
          </span>
          <div>
            <b>{line.actor}</b>{" "}
            {line.action.startsWith("mode:")
              ? `${word("history", "mode")}: ${word("mode", line.action.slice(5))}`
              : word("history", line.action)}
            {line.reason !== null && line.reason !== "" && (
              <p className="history-reason">{line.reason}</p>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
