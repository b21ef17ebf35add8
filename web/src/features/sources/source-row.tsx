import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { change } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Source } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Age } from "../../ui/age.tsx";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { formatCount, formatNumber, formatSpan } from "../../ui/number.ts";
import { SourceDetails } from "./source-details.tsx";

/** A clock that is off by more is worth a word in the row. */
const SKEW_TOLD_MS = 2_000;

/** One source in a line; colour only where somebody must look. Its details open in place. */
export function SourceRow(props: { source: Source; isOpen: boolean; onToggle: () => void }) {
  const { source, isOpen, onToggle } = props;
  const t = useText();
  const word = useWord();
  const trouble = source.enabled && source.state !== "running";
  return (
    <section className={`panel source${source.enabled ? "" : " source-off"}`}>
      <div className="row">
        <button type="button" className="source-name" aria-expanded={isOpen} onClick={onToggle}>
          <span aria-hidden>{isOpen ? "▾" : "▸"}</span> {source.name}
        </button>
        <span className="muted small">{word("protocol", source.kind)}</span>
        <StateTag source={source} />
        {source.origin === "configuration" && (
          <span className="tag" title={t("sources.fixed_more")}>
            {t("sources.fixed")}
          </span>
        )}
        <SourceActions source={source} onRemoved={() => isOpen && onToggle()} />
      </div>
      <Numbers source={source} />
      {trouble && source.last_error !== null && (
        <p className="source-error small">{source.last_error}</p>
      )}
      {source.waiting_for !== null && (
        <p className="source-error small">{t("sources.waits", { reason: source.waiting_for })}</p>
      )}
      {isOpen && <SourceDetails name={source.name} />}
    </section>
  );
}

function StateTag(props: { source: Source }) {
  const { enabled, state } = props.source;
  const word = useWord();
  if (!enabled) return <span className="tag">{word("source_state", "switched_off")}</span>;
  const tone = state === "failed" ? " tag-failed" : state === "connecting" ? " tag-warn" : "";
  return <span className={`tag${tone}`}>{word("source_state", state)}</span>;
}

function Numbers(props: { source: Source }) {
  const { source } = props;
  const t = useText();
  const language = useLanguage();
  const errors = source.rejected + source.degraded;
  const skew = source.clock_skew_ms ?? 0;
  return (
    <p className="source-numbers small">
      <span>
        <b>{source.rate_per_s === null ? "–" : formatNumber(source.rate_per_s)}</b>{" "}
        {t("sources.per_s")}
      </span>
      <span>
        {t("sources.last_value")} <Age at={source.last_value_at} />
      </span>
      <span>{t("sources.reconnects", { count: formatCount(source.recoveries) })}</span>
      <span>{t("sources.taken", { count: formatCount(source.accepted) })}</span>
      {errors > 0 && (
        <span className="source-bad">{t("sources.errors", { count: formatCount(errors) })}</span>
      )}
      {Math.abs(skew) > SKEW_TOLD_MS && (
        <span className="source-bad">
          {t(skew > 0 ? "sources.clock_ahead" : "sources.clock_behind", {
            span: formatSpan(Math.abs(skew), language),
          })}
        </span>
      )}
    </p>
  );
}

function SourceActions(props: { source: Source; onRemoved: () => void }) {
  const { name, enabled, origin } = props.source;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  if (origin === "configuration" || !may("engineer")) return null;
  const refresh = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: keys.sources() });
  };
  const act = async (action: () => Promise<unknown>, done: string): Promise<boolean> => {
    const ok = await write(action, done);
    await client.invalidateQueries({ queryKey: keys.source(name) });
    await refresh();
    return ok;
  };
  const remove = async (): Promise<boolean> => {
    const ok = await write(() => change.removeSource(name), t("sources.remove_done"));
    // Nobody may ask for it any more.
    if (ok) props.onRemoved();
    await refresh();
    return ok;
  };
  const word = enabled ? "stop" : "start";
  return (
    <div className="row source-actions">
      <Button
        size="small"
        onClick={() => void act(() => change.switchSource(name, word), t(`sources.${word}_done`))}
      >
        {t(`sources.${word}`)}
      </Button>
      <Link to={`/sources/${encodeURIComponent(name)}/edit`}>
        <Button size="small" tabIndex={-1}>
          {t("action.edit")}
        </Button>
      </Link>
      <Button size="small" onClick={() => setRemoving(true)}>
        {t("sources.remove")}
      </Button>
      <Ask
        open={removing}
        title={t("sources.remove_title", { name })}
        ok={t("sources.remove")}
        needsReason={false}
        danger
        onClose={() => setRemoving(false)}
        onOk={remove}
      >
        <p className="muted">{t("sources.remove_more")}</p>
      </Ask>
    </div>
  );
}
