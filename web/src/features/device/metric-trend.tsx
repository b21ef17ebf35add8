import { Button } from "antd";
import { memo, useMemo, useState } from "react";
import type { Device, DeviceStatus, MetricSpec } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { BulletBar } from "../../ui/bullet-bar.tsx";
import { Quantity } from "../../ui/quantity.tsx";
import type { Healthy } from "../../ui/scale.ts";
import { indexAt } from "../../ui/trend/decimate.ts";
import type { Mark, Stretch, Surroundings } from "../../ui/trend/paint.ts";
import type { Series } from "../../ui/trend/series.ts";
import { Trend } from "../../ui/trend/trend.tsx";
import { LimitsEditor } from "./limits-editor.tsx";

const noLimits = { ll: null, l: null, h: null, hh: null };

interface MetricTrendProps {
  readonly device: Device;
  readonly status: DeviceStatus | null;
  readonly metric: string;
  readonly series: Series;
  readonly healthy: Healthy | null;
  readonly around: {
    readonly stretches: readonly Stretch[];
    readonly marks: readonly (Mark & { readonly metrics: readonly string[] })[];
  };
  readonly range: { readonly from: number; readonly to: number };
  readonly version: number;
  readonly last: boolean;
  readonly onZoom: (from: number, to: number) => void;
  readonly onPan: (from: number, to: number) => void;
}

/** One metric: now on its scale, its course, and its limits, editable in place. */
export function MetricTrend(props: MetricTrendProps) {
  const { device, status, metric, series, healthy, around, range } = props;
  const t = useText();
  const word = useWord();
  const [editing, setEditing] = useState(false);
  const spec = device.metrics[metric] ?? null;
  const current = status?.values[metric] ?? null;
  const unit = current?.unit ?? spec?.unit ?? "1";
  const surroundings = useMemo<Surroundings>(
    () => ({
      limits: spec ?? noLimits,
      healthy,
      anomalies: around.stretches,
      marks: around.marks.filter(
        (mark) => mark.metrics.length === 0 || mark.metrics.includes(metric),
      ),
      cited: null,
    }),
    [spec, healthy, around, metric],
  );
  return (
    <section className="metric" aria-label={word("metric", metric)}>
      <MetricHead
        metric={metric}
        spec={spec}
        current={current}
        unit={unit}
        healthy={healthy}
        measuredAt={status?.last_seen_at ?? null}
        hourAgo={hourAgo(series)}
        editing={editing}
        onEdit={setEditing}
      />
      {editing && (
        <LimitsEditor device={device} metric={metric} onClose={() => setEditing(false)} />
      )}
      <Trend
        series={series}
        unit={unit}
        label={t("trend.label", { metric: word("metric", metric), device: device.device_id })}
        height={props.last ? 136 : 116}
        around={surroundings}
        from={range.from / 1000}
        to={range.to / 1000}
        syncKey={`device-${device.device_id}`}
        showTimes={props.last}
        onZoom={props.onZoom}
        onPan={props.onPan}
        version={props.version}
      />
    </section>
  );
}

/** The value an hour before the newest one, where the series reaches back that far. */
function hourAgo(series: Series): number | null {
  const newest = series.times.at(-1);
  if (newest === undefined) return null;
  const at = newest - 3600;
  const first = series.times[0];
  if (first === undefined || first > at + 60) return null;
  return series.values[indexAt(series.times, at)] ?? null;
}

interface MetricHeadProps {
  readonly metric: string;
  readonly spec: MetricSpec | null;
  readonly current: DeviceStatus["values"][string] | null;
  readonly unit: string;
  readonly healthy: Healthy | null;
  readonly measuredAt: string | null;
  readonly hourAgo: number | null;
  readonly editing: boolean;
  readonly onEdit: (editing: boolean) => void;
}

/** The metric now. Not drawn again while panning, so that a pan stays smooth. */
const MetricHead = memo(function MetricHead(props: MetricHeadProps) {
  const { metric, spec, current, unit, editing } = props;
  const t = useText();
  const word = useWord();
  const may = useMay();
  const value = current?.value ?? null;
  return (
    <div className="metric-head">
      <h3>{word("metric", metric)}</h3>
      <Quantity
        value={value}
        unit={unit}
        limit={spec?.hh ?? spec?.ll ?? null}
        measuredAt={props.measuredAt}
        quality={current?.quality ?? "good"}
      />
      <BulletBar
        value={value}
        unit={unit}
        limits={spec ?? noLimits}
        healthy={props.healthy}
        hourAgo={props.hourAgo}
      />
      {may("engineer") && (
        <Button
          size="small"
          type="text"
          aria-expanded={editing}
          onClick={() => props.onEdit(!editing)}
        >
          {t("limits.edit")}
        </Button>
      )}
    </div>
  );
});
