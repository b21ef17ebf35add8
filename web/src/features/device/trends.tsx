import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Device, DeviceStatus } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { formatCount } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { CopyBlock, QueryView } from "../../ui/states.tsx";
import type { Mark, Stretch } from "../../ui/trend/paint.ts";
import { MOST_POINTS } from "../../ui/trend/trend-data.ts";
import { MetricTrend } from "./metric-trend.tsx";
import { ModeStrip } from "./mode-strip.tsx";
import { fixed, rangeOf, type SpanName, within } from "./range.ts";
import { RangeBar, RangeText } from "./range-bar.tsx";
import { useTrend } from "./use-trend.ts";

/** Small multiples on one shared time axis; a pan or zoom of one moves them all. */
export function Trends(props: { device: Device; status: DeviceStatus | null }) {
  const { device, status } = props;
  const t = useText();
  const [params, setParams] = useSearchParams();
  const range = useMemo(() => rangeOf(params), [params]);
  const trend = useTrend(device.device_id, range);
  const [pan, setPan] = useState<{ from: number; to: number } | null>(null);
  const shown = pan ?? trend;
  const around = useAround(device.device_id, trend.from, trend.to);
  const baseline = useQuery({
    queryKey: keys.baseline(device.device_id),
    queryFn: () => read.baseline(device.device_id),
  });
  const { live } = range;
  const go = useCallback(
    (from: number, to: number): void => {
      setPan(null);
      setParams(fixed(from, to), { replace: !live });
    },
    [setParams, live],
  );
  const goLive = useCallback((name: SpanName) => setParams({ range: name }), [setParams]);
  return (
    <Panel
      title={t("range.label")}
      extra={
        <>
          <RangeText from={shown.from} to={shown.to} />
          <RangeBar range={range} from={trend.from} to={trend.to} onGo={go} onLive={goLive} />
        </>
      }
    >
      <QueryView query={trend.query} rows={8}>
        {(data) => {
          const metrics = [...data.series.keys()].sort(inUsualOrder);
          return (
            <div className="column">
              <ModeStrip device={device} from={shown.from} to={shown.to} />
              {metrics.length === 0 && <NoReadings deviceId={device.device_id} />}
              {metrics.map((metric, i) => {
                const series = data.series.get(metric);
                return series === undefined ? null : (
                  <MetricTrend
                    key={metric}
                    device={device}
                    status={status}
                    metric={metric}
                    series={series}
                    healthy={baseline.data?.metrics[metric] ?? null}
                    around={around}
                    range={shown}
                    version={trend.version}
                    last={i === metrics.length - 1}
                    onZoom={(from, to) => go(from * 1000, to * 1000)}
                    onPan={(from, to) => setPan(within(from * 1000, to * 1000))}
                  />
                );
              })}
              <p className="muted small">
                {data.kind === "raw" ? t("range.note_raw") : t("range.note_aggregate")}
                {data.cut && ` · ${t("range.note_cut", { count: formatCount(MOST_POINTS) })}`} ·{" "}
                {t("range.drag")}
              </p>
            </div>
          );
        }}
      </QueryView>
    </Panel>
  );
}

const usual = ["vibration", "vibration_velocity", "temperature", "pressure", "current", "flow"];

/** Always the same order, so that each metric has its place on every device's page. */
function inUsualOrder(a: string, b: string): number {
  const rank = (metric: string): number =>
    (usual.indexOf(metric) + usual.length + 1) % (usual.length + 1);
  return rank(a) - rank(b) || a.localeCompare(b);
}

/** Anomalies and alarms of the range, as stretches and marks. */
function useAround(deviceId: string, from: number, to: number) {
  // Asked for whole minutes around the range, so that a live range does not ask every second.
  const begin = Math.floor(from / 60_000) * 60_000;
  const end = Math.ceil(to / 60_000) * 60_000;
  const anomalies = useQuery({
    queryKey: keys.anomalies(deviceId, begin, end),
    queryFn: () => read.anomalies({ device_id: deviceId, from: begin, to: end, limit: 500 }),
    placeholderData: (previous) => previous,
    retry: false,
  });
  const filter = { device_id: deviceId, limit: 200 };
  const alerts = useQuery({ queryKey: keys.alerts(filter), queryFn: () => read.alerts(filter) });
  return useMemo(() => {
    const stretches: Stretch[] = (anomalies.data?.items ?? [])
      .filter((episode) => episode.detector === "deviation")
      .map((episode) => ({
        from: Date.parse(episode.started_at) / 1000,
        to: (episode.ended_at === null ? end : Date.parse(episode.ended_at)) / 1000,
        isShadow: episode.shadow,
      }));
    const marks = (alerts.data?.items ?? []).map(
      (alert): Mark & { readonly metrics: readonly string[] } => ({
        at: Date.parse(alert.opened_at) / 1000,
        label: alert.severity,
        severity: alert.severity,
        metrics: alert.conditions.flatMap((condition) => condition.metrics),
      }),
    );
    return { stretches, marks };
  }, [anomalies.data, alerts.data, end]);
}

function NoReadings(props: { deviceId: string }) {
  const t = useText();
  const command = `curl -X POST ${location.origin}/api/v1/readings -H "Authorization: Bearer $IAI_KEY" -H "Content-Type: application/json" -d "{\\"device_id\\":\\"${props.deviceId}\\",\\"timestamp\\":$(date +%s)000,\\"vibration\\":0.22}"`;
  return (
    <div className="column">
      <p className="muted">
        {t("device.no_readings")} {t("device.no_readings_more")}
      </p>
      <CopyBlock text={command} />
    </div>
  );
}
