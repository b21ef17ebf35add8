import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Device, DeviceStatus, Forecast, Reliability } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { formatNumber, formatPercent } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";

/** How well the machine is, what is forecast of it, and what such forecasts were worth. */
export function ForecastPanel(props: { device: Device; status: DeviceStatus | null }) {
  const { device, status } = props;
  const t = useText();
  const forecast = useQuery({
    queryKey: keys.forecast(device.device_id),
    queryFn: () => read.forecast(device.device_id),
    refetchInterval: 60_000,
  });
  return (
    <Panel title={t("forecast.title")}>
      <QueryView query={forecast} rows={3}>
        {(data) => (
          <div className="column">
            <Health health={status?.health ?? data.health} />
            <Said forecast={data} />
            <Record deviceType={device.device_type} />
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

function Health(props: { health: Forecast["health"] }) {
  const { health } = props;
  const t = useText();
  const word = useWord();
  if (health === null) return <p className="muted">{t("forecast.health_none")}</p>;
  return (
    <div>
      <p>
        <strong className="health-index">{String(Math.round(health.index))}</strong>
        <span className="muted"> / 100</span>
      </p>
      {health.takes.length > 0 && (
        <ul className="health-takes small">
          {health.takes.map(({ metric, because, points }) => (
            <li key={`${String(metric)} ${because}`}>
              −{formatNumber(points)} {metric === null ? "" : `${word("metric", metric)} · `}
              {t(`forecast.because_${because}`)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Said(props: { forecast: Forecast }) {
  const { forecast, reason } = props.forecast;
  const t = useText();
  const word = useWord();
  if (forecast === null)
    return <p className="muted small">{t("device.forecast_none", { reason: reason ?? "–" })}</p>;
  const share = { share: formatPercent(forecast.probability), hours: forecast.horizon_h };
  const limit = forecast.limit;
  return (
    <div>
      <p>
        {limit === null
          ? t("forecast.failure", share)
          : t("forecast.limit", { ...share, metric: word("metric", limit.metric) })}
      </p>
      <p className="small">
        {forecast.rul === null
          ? t("forecast.unbounded")
          : t("forecast.left", {
              p05: formatNumber(forecast.rul.p05),
              p50: formatNumber(forecast.rul.p50),
              p95: formatNumber(forecast.rul.p95),
            })}
      </p>
      <ul className="health-takes small muted">
        {forecast.evidence.map((line) => (
          <li key={line}>{line}</li>
        ))}
        <li>
          {t(`forecast.method_${forecast.method}`)} ·{" "}
          {forecast.skill === null
            ? t("forecast.no_skill_yet")
            : t("forecast.skill", { skill: formatNumber(forecast.skill) })}{" "}
          · {t("forecast.valid")} <Instant at={forecast.valid_until} />
        </li>
      </ul>
    </div>
  );
}

/** Forecasts of machines of this type, held against what happened. */
function Record(props: { deviceType: string }) {
  const t = useText();
  const record = useQuery({
    queryKey: keys.reliability(props.deviceType),
    queryFn: () => read.reliability(props.deviceType),
  });
  const items = record.data?.items ?? [];
  if (items.length === 0) return <p className="muted small">{t("forecast.no_record")}</p>;
  return (
    <details>
      <summary className="small">{t("forecast.record", { type: props.deviceType })}</summary>
      <table className="plain-table small">
        <thead>
          <tr>
            <th scope="col">{t("forecast.horizon")}</th>
            <th scope="col">{t("forecast.scored")}</th>
            <th scope="col">{t("forecast.brier")}</th>
            <th scope="col">{t("forecast.state")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={`${item.method} ${String(item.horizon_h)}`}>
              <td title={t(`forecast.method_${item.method}`)}>{item.horizon_h} h</td>
              <td>
                {item.reached} / {item.scored}
              </td>
              <td>
                {item.brier === null ? "–" : formatNumber(item.brier)} /{" "}
                {item.brier_of_base_rate === null ? "–" : formatNumber(item.brier_of_base_rate)}
              </td>
              <td>{t(`forecast.state_${item.state}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.map((item) => (
        <Bins key={`${item.method} ${String(item.horizon_h)}`} item={item} />
      ))}
    </details>
  );
}

/** Predicted against observed: a record is good where both agree. */
function Bins(props: { item: Reliability["items"][number] }) {
  const { item } = props;
  const t = useText();
  const filled = item.bins.filter(({ count }) => count > 0);
  if (filled.length === 0) return null;
  return (
    <table className="plain-table small">
      <caption className="muted">
        {t(`forecast.method_${item.method}`)}, {item.horizon_h} h
      </caption>
      <thead>
        <tr>
          <th scope="col">{t("forecast.predicted")}</th>
          <th scope="col">{t("forecast.observed")}</th>
          <th scope="col">{t("forecast.count")}</th>
        </tr>
      </thead>
      <tbody>
        {filled.map(({ from, predicted, observed, count }) => (
          <tr key={from}>
            <td>{predicted === null ? "–" : formatPercent(predicted)}</td>
            <td>{observed === null ? "–" : formatPercent(observed)}</td>
            <td>{count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
