import { useNow } from "../app/clock.ts";
import { useLanguage, useText } from "../i18n/text.ts";
import { formatClock, formatDateTime, formatSpan } from "./number.ts";

/** Anything older than this without an expected period of its own counts as stale. */
export const STALE_MS = 60_000;

/** "3 s ago"; beyond `staleMs` "no data for 4 min". */
export function Age(props: { at: string | number | null; staleMs?: number }) {
  const { at, staleMs } = props;
  const now = useNow();
  const language = useLanguage();
  const t = useText();
  if (at === null) return <span className="age age-stale">{t("age.never")}</span>;
  const measuredAt = typeof at === "number" ? at : Date.parse(at);
  const age = Math.max(0, now - measuredAt);
  const stale = staleMs !== undefined && age > staleMs;
  return (
    <time
      className={stale ? "age age-stale" : "age"}
      dateTime={new Date(measuredAt).toISOString()}
      title={formatDateTime(measuredAt)}
    >
      {stale
        ? t("age.none_for", { span: formatSpan(age, language) })
        : t("age.ago", { span: formatSpan(age, language) })}
    </time>
  );
}

/** A clock that runs from an instant, or stands when it has ended. */
export function Running(props: { from: string; to?: string | null }) {
  const now = useNow();
  const end = props.to === undefined || props.to === null ? now : Date.parse(props.to);
  return <span>{formatClock(end - Date.parse(props.from))}</span>;
}

/** An instant, in the reader's zone. */
export function Instant(props: { at: string | null }) {
  if (props.at === null) return <span className="muted">–</span>;
  return <time dateTime={props.at}>{formatDateTime(Date.parse(props.at))}</time>;
}
