import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { SystemStatus } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { formatBytes, formatCount, formatDateTime, formatSpan } from "../../ui/number.ts";
import { Facts, PageHead, Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";
import { balanceOf } from "./balance.ts";
import { Flow } from "./flow.tsx";
import "./health.css";

/** IAI on itself: the flow with its rates, lags and ages, and what to do where it is stuck. */
export function HealthPage() {
  const t = useText();
  const status = useQuery({
    queryKey: keys.system(),
    queryFn: read.system,
    // A rate is the difference of two looks: the second one follows at once.
    refetchInterval: ({ state }) =>
      state.data?.stations.some((station) => station.rate_per_s === null) === true ? 1_000 : 5_000,
  });
  return (
    <>
      <PageHead title={t("health.title")} />
      <QueryView query={status} rows={6}>
        {(data) => (
          <>
            <Flow status={data} />
            <div className="health-grid">
              <Dependencies status={data} />
              <Storage status={data} />
              <Counters status={data} />
              <Program status={data} />
            </div>
          </>
        )}
      </QueryView>
    </>
  );
}

function Dependencies(props: { status: SystemStatus }) {
  const t = useText();
  const word = useWord();
  return (
    <Panel title={t("health.dependencies")}>
      <ul className="column">
        {Object.entries(props.status.dependencies).map(([name, each]) => (
          <li key={name}>
            <div className="row spread">
              <b>{word("dependency", name)}</b>
              <span className={each.ok ? "tag" : "tag tag-stuck"}>
                {t(each.ok ? "health.dep_ok" : "health.dep_bad")}
              </span>
            </div>
            <p className="muted small">
              {t("health.since", { time: formatDateTime(Date.parse(each.since)) })}
              {each.last_error !== null && ` · ${each.last_error}`}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Storage(props: { status: SystemStatus }) {
  const t = useText();
  const word = useWord();
  return (
    <Panel title={t("health.storage")}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("access.name")}</th>
            <th scope="col">{t("health.used")}</th>
            <th scope="col">{t("health.free")}</th>
          </tr>
        </thead>
        <tbody>
          {props.status.storage.map((each) => (
            <tr key={each.name}>
              <td>
                {word("dependency", each.name)}
                {each.refusing !== null && (
                  <div className="form-error small">
                    {t("health.refusing", { reason: each.refusing })}
                  </div>
                )}
              </td>
              <td>{each.bytes === null ? "–" : formatBytes(each.bytes)}</td>
              <td>{each.free_bytes === null ? "–" : formatBytes(each.free_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Counters(props: { status: SystemStatus }) {
  const t = useText();
  const { counters } = props.status;
  const balance = balanceOf(counters);
  return (
    <Panel title={t("health.counters")}>
      <div className="column">
        {balance !== null && (
          <p className="small">
            {t("health.balance")}: <b>{t(balance ? "health.balanced" : "health.unbalanced")}</b>
          </p>
        )}
        <ul className="counters">
          {Object.entries(counters).map(([name, value]) => (
            <li key={name} className="row spread">
              <span className="mono cut">{name}</span>
              <b>{formatCount(value)}</b>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function Program(props: { status: SystemStatus }) {
  const { status } = props;
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  const up = Date.parse(status.now) - Date.parse(status.started_at);
  return (
    <Panel title="IAI">
      <Facts
        rows={[
          [t("health.version"), status.version],
          [t("health.node"), status.node_version],
          [t("health.profile"), word("profile", status.profile)],
          [
            t("health.started"),
            <span key="s">
              <Instant at={status.started_at} />{" "}
              <span className="muted">({formatSpan(up, language)})</span>
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}
