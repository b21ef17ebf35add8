import { useMemo } from "react";
import type { Alert, Device, Evidence } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { BulletBar } from "../../ui/bullet-bar.tsx";
import { Quantity } from "../../ui/quantity.tsx";
import type { Surroundings } from "../../ui/trend/paint.ts";
import type { Series } from "../../ui/trend/series.ts";
import { Trend } from "../../ui/trend/trend.tsx";

const noLimits = { ll: null, l: null, h: null, hh: null };

interface StoryTrendProps {
  readonly alert: Alert;
  readonly device: Device | null;
  readonly metric: string;
  readonly series: Series;
  readonly range: { readonly from: number; readonly to: number };
  readonly cited: Evidence | null;
  readonly first: boolean;
  readonly last: boolean;
}

/** One metric of the story: where it stands now, and how it came there. */
export function StoryTrend(props: StoryTrendProps) {
  const { alert, device, metric, series, range, first, last } = props;
  const t = useText();
  const word = useWord();
  const spec = device?.metrics[metric] ?? null;
  const unit = spec?.unit ?? "1";
  const healthy = alert.healthy[metric] ?? null;
  const around = useSurroundings(props, spec ?? noLimits);
  const newest = series.times.length - 1;
  const value = series.values[newest] ?? null;
  const at = series.times[newest];
  return (
    <div className="story-metric">
      <div className="story-metric-head">
        <h3>{word("metric", metric)}</h3>
        <Quantity
          value={value}
          unit={unit}
          limit={spec?.hh ?? spec?.ll ?? null}
          measuredAt={at === undefined ? null : at * 1000}
          staleMs={alert.active ? 60_000 : Number.POSITIVE_INFINITY}
        />
        <BulletBar value={value} unit={unit} limits={spec ?? noLimits} healthy={healthy} />
      </div>
      <Trend
        series={series}
        unit={unit}
        label={t("trend.label", { metric: word("metric", metric), device: alert.device_id })}
        height={first ? 190 : 110}
        around={around}
        from={range.from / 1000}
        to={range.to / 1000}
        syncKey={`alarm-${alert.trace_id}`}
        showTimes={last}
        onZoom={() => undefined}
      />
    </div>
  );
}

function useSurroundings(props: StoryTrendProps, limits: Surroundings["limits"]): Surroundings {
  const { alert, metric, cited, range } = props;
  const word = useWord();
  return useMemo(() => {
    const seen = Date.parse(alert.first_seen_at) / 1000;
    const opened = Date.parse(alert.opened_at) / 1000;
    const end = (alert.cleared_at === null ? range.to : Date.parse(alert.cleared_at)) / 1000;
    const window = cited?.window ?? null;
    return {
      limits,
      healthy: alert.healthy[metric] ?? null,
      anomalies: [{ from: seen, to: end }],
      marks: [
        {
          at: opened,
          severity: alert.severity,
          label: `${alert.severity} ${word("condition", alert.condition)}`,
        },
      ],
      cited:
        window === null
          ? null
          : { from: Date.parse(window.from) / 1000, to: Date.parse(window.to) / 1000 },
    };
  }, [alert, metric, cited, range.to, limits, word]);
}
