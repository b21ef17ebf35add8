import type { SystemStatus } from "../../api/types.ts";
import type { TextKey } from "../../i18n/dictionary.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { formatCount, formatNumber, formatSpan } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";

type Station = SystemStatus["stations"][number];

const remedies: Readonly<Record<string, TextKey>> = {
  ingest: "health.remedy_ingest",
  log: "health.remedy_log",
  archive: "health.remedy_archive",
  aggregate: "health.remedy_archive",
  detect: "health.remedy_detect",
  alert: "health.remedy_alert",
  alerts: "health.remedy_alert",
  diagnose: "health.remedy_diagnose",
  notify: "health.remedy_notify",
};

/** The stations in the order in which data passes them; red where it is stuck, with the remedy in words. */
export function Flow(props: { status: SystemStatus }) {
  const t = useText();
  const word = useWord();
  const troubled = props.status.stations.filter((station) => station.state !== "ok");
  return (
    <Panel title={t("health.flow")}>
      <div className="column">
        <ol className="flow">
          {props.status.stations.map((station) => (
            <FlowStation key={station.name} station={station} />
          ))}
        </ol>
        {troubled.map((station) => (
          <p key={station.name} className={`remedy remedy-${station.state}`}>
            <b>
              {word("station", station.name)}: {t(`health.state_${station.state}`)}.
            </b>{" "}
            {t(remedies[station.name] ?? "health.remedy_other")}
            {station.detail !== null && <span className="muted"> {station.detail}</span>}
          </p>
        ))}
      </div>
    </Panel>
  );
}

function FlowStation(props: { station: Station }) {
  const { station } = props;
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  const behind = station.behind_ms !== null && station.behind_ms >= 1000;
  return (
    <li className={`station station-${station.state}`}>
      <b>{word("station", station.name)}</b>
      <span>
        {station.rate_per_s === null
          ? "–"
          : t("health.rate", {
              rate: station.rate_per_s === 0 ? "0" : formatNumber(station.rate_per_s),
            })}
      </span>
      <span className="small">
        {station.lag === null || station.lag === 0
          ? t("health.no_lag")
          : t("health.lag", { lag: formatCount(station.lag) })}
      </span>
      {behind && (
        <span className="small">
          {t("health.behind", { span: formatSpan(station.behind_ms ?? 0, language) })}
        </span>
      )}
      <span className="small station-state">{t(`health.state_${station.state}`)}</span>
    </li>
  );
}
