import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { ApiError } from "../api/client.ts";
import { useText } from "../i18n/text.ts";

/** Nothing there yet: says why and what to do. */
export function Empty(props: { title: string; children?: ReactNode }) {
  return (
    <div className="state state-empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** Waiting: the shape of what comes, after a moment, so that quick answers do not flicker. */
export function Loading(props: { rows?: number }) {
  const t = useText();
  return (
    <div className="state state-loading" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: props.rows ?? 4 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars without identity
        <span key={i} className="skeleton" />
      ))}
    </div>
  );
}

/** A failure: what happened, what was kept, what to do; a refusal says who can. */
export function Failed(props: { error: Error; retry?: () => void }) {
  const t = useText();
  const { error } = props;
  const api = error instanceof ApiError ? error : null;
  const forbidden = api?.status === 403;
  const remedy = typeof api?.problem["remedy"] === "string" ? api.problem["remedy"] : null;
  return (
    <div className={`state ${forbidden ? "state-forbidden" : "state-error"}`} role="alert">
      <h2>
        {forbidden
          ? t("state.forbidden")
          : api?.status === 0
            ? t("state.unreachable")
            : error.message}
      </h2>
      {api !== null && api.detail !== "" && <p>{api.detail}</p>}
      {remedy !== null && <p>{remedy}</p>}
      <p className="muted">{forbidden ? t("state.forbidden_who") : t("state.kept")}</p>
      <div className="row">
        {!forbidden && props.retry !== undefined && (
          <Button onClick={props.retry}>{t("state.retry")}</Button>
        )}
        {api !== null && api.status !== 0 && (
          <span className="mono muted">
            {api.code}
            {api.requestId !== null && ` · ${api.requestId}`}
          </span>
        )}
      </div>
    </div>
  );
}

/** Waiting, failure or content of one query; content already there stays while it is fetched anew. */
export function QueryView<T>(props: {
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  const { query } = props;
  if (query.data !== undefined) return <>{props.children(query.data)}</>;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Loading {...(props.rows === undefined ? {} : { rows: props.rows })} />;
}

/** A command that can be copied and really works. */
export function CopyBlock(props: { text: string }) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="copy-block">
      <pre className="mono">{props.text}</pre>
      <Button
        size="small"
        onClick={() => {
          void navigator.clipboard.writeText(props.text).then(() => setCopied(true));
        }}
      >
        {copied ? t("copy.done") : t("copy.do")}
      </Button>
    </div>
  );
}
