import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { SourcePreview } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { formatClock, formatNumber, formatSpan } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { Failed } from "../../ui/states.tsx";
import { inputOf, type SourceDraft } from "./source-draft.ts";

const LOOK_MS = 6_000;
const TOLD_SKEW_MS = 2_000;

/** What the source brings, decoded, before anything is kept. */
export function PreviewPanel(props: { draft: SourceDraft; storedName: string | null }) {
  const { draft, storedName } = props;
  const t = useText();
  const look = useMutation({
    mutationFn: () => {
      const { name: _, ...input } = inputOf(draft);
      const kept = storedName === null ? {} : { secrets_of: storedName };
      return change.previewSource({ ...input, ...kept, duration_ms: LOOK_MS });
    },
  });
  const since = useSeconds(look.isPending);
  return (
    <Panel
      className="preview"
      title={t("preview.title")}
      extra={
        <Button onClick={() => look.mutate()} loading={look.isPending}>
          {t(look.data === undefined ? "preview.look" : "preview.again")}
        </Button>
      }
    >
      {look.isPending ? (
        <p role="status">{t("preview.listening", { time: formatClock(since * 1_000) })}</p>
      ) : look.isError ? (
        <Failed error={look.error} />
      ) : look.data === undefined ? (
        <p className="muted">{t("preview.empty")}</p>
      ) : (
        <Seen preview={look.data} />
      )}
    </Panel>
  );
}

/** Whole seconds since something began. */
function useSeconds(isRunning: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!isRunning) return;
    setSeconds(0);
    const timer = setInterval(() => setSeconds((old) => old + 1), 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return seconds;
}

function Seen({ preview }: { preview: SourcePreview }) {
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  const skew = preview.clock_skew_ms ?? 0;
  return (
    <div className="column" role="status">
      <p>
        <span className={preview.state === "running" ? "tag" : "tag tag-warn"}>
          {word("source_state", preview.state)}
        </span>{" "}
        {t("preview.readings", {
          count: preview.readings,
          span: formatSpan(preview.lasted_ms, language),
        })}
      </p>
      {preview.last_error !== null && <p className="source-error small">{preview.last_error}</p>}
      {preview.tags.length === 0 && preview.state === "running" && (
        <p className="muted">{t("preview.silent")}</p>
      )}
      {preview.tags.length > 0 && <Tags preview={preview} />}
      {Math.abs(skew) > TOLD_SKEW_MS && (
        <p className="source-error small">
          {t(skew > 0 ? "sources.clock_ahead" : "sources.clock_behind", {
            span: formatSpan(Math.abs(skew), language),
          })}
        </p>
      )}
      {preview.refused.length > 0 && <Refused preview={preview} />}
      <p className="muted small">{t("preview.nothing_kept")}</p>
    </div>
  );
}

function Tags({ preview }: { preview: SourcePreview }) {
  const t = useText();
  const word = useWord();
  return (
    <div className="table-scroll">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("sources.tag")}</th>
            <th scope="col">{t("preview.value")}</th>
            <th scope="col">{t("preview.quality")}</th>
            <th scope="col">{t("quarantine.count")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.tags.map((tag) => (
            <tr key={`${tag.device_id} ${tag.metric}`}>
              <td>
                <b>{tag.metric}</b>
                <div className="muted small">
                  {tag.device_id} {!tag.registered && `· ${t("preview.new_device")}`}
                </div>
              </td>
              <td>
                {tag.value === null ? (
                  <span className="mono">{tag.raw}</span>
                ) : (
                  <>
                    <b>{formatNumber(tag.value)}</b> {tag.unit === "1" ? "" : tag.unit}
                  </>
                )}
                {tag.source_value !== null && (
                  <div className="muted small">
                    {t("preview.sent_as", {
                      value: `${formatNumber(tag.source_value)} ${tag.source_unit ?? ""}`,
                    })}
                  </div>
                )}
              </td>
              <td>
                <span className={tag.quality === "good" ? "" : "source-bad"}>
                  {word("quality", tag.quality)}
                </span>
                {tag.code !== null && <div className="mono small">{tag.code}</div>}
              </td>
              <td>{tag.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Refused({ preview }: { preview: SourcePreview }) {
  const t = useText();
  return (
    <div>
      <h3>{t("preview.refused")}</h3>
      <ul className="source-list">
        {preview.refused.map((each) => (
          <li key={`${each.source} ${each.code}`} className="small">
            <span className="mono">{each.code}</span> ×{each.count} {each.detail}
            <div className="muted cut">{each.source}</div>
          </li>
        ))}
      </ul>
    </div>
  );
}
