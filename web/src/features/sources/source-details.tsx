import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { SourceDetail } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Age } from "../../ui/age.tsx";
import { formatCount, formatSpan } from "../../ui/number.ts";
import { QueryView } from "../../ui/states.tsx";

/** Rows of a table that is read by people; the API has all of them. */
const ROWS_MAX = 50;

/** Connections or slaves, what was refused of which tag, and whose clock is off. */
export function SourceDetails(props: { name: string }) {
  const detail = useQuery({
    queryKey: keys.source(props.name),
    queryFn: () => read.source(props.name),
    refetchInterval: 5_000,
  });
  return (
    <QueryView query={detail} rows={3}>
      {(source) => (
        <div className="source-details">
          <Parts source={source} />
          <TagErrors source={source} />
          <Clocks source={source} />
          <Options source={source} />
        </div>
      )}
    </QueryView>
  );
}

function Parts({ source }: { source: SourceDetail }) {
  const t = useText();
  const word = useWord();
  return (
    <div className="column">
      <h3>{t("sources.parts")}</h3>
      <ul className="source-list">
        {source.parts.slice(0, ROWS_MAX).map((part) => (
          <li key={part.name}>
            <div className="row spread">
              <b className="cut">{part.name}</b>
              <span className={part.state === "running" ? "tag" : "tag tag-warn"}>
                {word("source_state", part.state)}
              </span>
            </div>
            <p className="muted small">
              {part.last_error ?? (
                <>
                  {t("sources.last_value")} <Age at={part.last_value_at} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

function TagErrors({ source }: { source: SourceDetail }) {
  const t = useText();
  if (source.tag_errors.length === 0)
    return (
      <div className="column">
        <h3>{t("sources.tag_errors")}</h3>
        <p className="muted small">{t("sources.no_tag_errors")}</p>
      </div>
    );
  return (
    <div className="column">
      <h3>{t("sources.tag_errors")}</h3>
      <div className="table-scroll">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t("sources.tag")}</th>
              <th scope="col">{t("quarantine.code")}</th>
              <th scope="col">{t("quarantine.count")}</th>
              <th scope="col">{t("sources.last")}</th>
            </tr>
          </thead>
          <tbody>
            {source.tag_errors.slice(0, ROWS_MAX).map((each) => (
              <tr key={`${each.device_id ?? ""} ${each.field ?? ""} ${each.code}`}>
                <td>
                  {each.device_id ?? "–"} {each.field !== null && `· ${each.field}`}
                </td>
                <td className="mono">{each.code}</td>
                <td>{formatCount(each.count)}</td>
                <td>
                  <Age at={each.last_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Clocks({ source }: { source: SourceDetail }) {
  const t = useText();
  const language = useLanguage();
  return (
    <div className="column">
      <h3>{t("sources.clocks")}</h3>
      {source.clock_skews.length === 0 ? (
        <p className="muted small">{t("sources.no_clocks")}</p>
      ) : (
        <ul className="source-list">
          {source.clock_skews.slice(0, 10).map(({ device_id: device, skew_ms: skew }) => (
            <li key={device} className="row spread">
              <b className="cut">{device}</b>
              <span className="small">
                {Math.abs(skew) < 1_000
                  ? t("sources.clock_right")
                  : t(skew > 0 ? "sources.clock_ahead" : "sources.clock_behind", {
                      span: formatSpan(Math.abs(skew), language),
                    })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Options({ source }: { source: SourceDetail }) {
  const t = useText();
  return (
    <div className="column">
      <h3>{t("sources.options")}</h3>
      {source.options === null ? (
        <p className="muted small">{t("sources.who_may")}</p>
      ) : (
        <pre className="mono source-options">{JSON.stringify(source.options, null, 2)}</pre>
      )}
      {source.secrets.length > 0 && <p className="muted small">{t("sources.secret_kept")}</p>}
    </div>
  );
}
