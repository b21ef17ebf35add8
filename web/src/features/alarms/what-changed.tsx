import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert, Evidence } from "../../api/types.ts";
import { now, useNow } from "../../app/clock.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { formatPercent } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";
import { fetchTrend } from "../../ui/trend/trend-data.ts";
import { contributionsOf, shownFirst, stretchOf } from "./story-data.ts";
import { StoryTrend } from "./story-trend.tsx";

/** The metrics that moved, largest part first; those that did not are folded and named. */
export function WhatChanged(props: { alert: Alert; cited: Evidence | null }) {
  const { alert, cited } = props;
  const t = useText();
  const word = useWord();
  // An active alarm's trend grows every half minute; a cleared one stands still.
  const tick = useNow(30);
  const { from, to } = stretchOf(alert, alert.active ? tick : now());
  const trend = useQuery({
    queryKey: keys.trend(alert.device_id, from, to),
    queryFn: () => fetchTrend(alert.device_id, from, to),
    placeholderData: (previous) => previous,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const device = useQuery({
    queryKey: keys.device(alert.device_id),
    queryFn: () => read.device(alert.device_id),
  });
  const [unfolded, setUnfolded] = useState(false);
  const split = useMemo(
    () => shownFirst(alert, trend.data?.series ?? new Map()),
    [alert, trend.data],
  );
  const citedMetric = cited?.metric ?? null;
  const shown = unfolded
    ? [...split.moved, ...split.steady]
    : [...split.moved, ...split.steady.filter((metric) => metric === citedMetric)];
  return (
    <Panel title={t("story.what_changed")} extra={<Contributions alert={alert} />}>
      <QueryView query={trend} rows={5}>
        {(data) => (
          <div className="column">
            {shown.map((metric, i) => {
              const series = data.series.get(metric);
              return series === undefined ? null : (
                <StoryTrend
                  key={metric}
                  alert={alert}
                  device={device.data ?? null}
                  metric={metric}
                  series={series}
                  range={{ from, to }}
                  cited={citedMetric === metric || citedMetric === null ? cited : null}
                  first={i === 0}
                  last={i === shown.length - 1}
                />
              );
            })}
            {shown.length === 0 && <p className="muted">{t("story.no_readings")}</p>}
            {split.steady.length > 0 && (
              <button
                type="button"
                className="fold no-print"
                onClick={() => setUnfolded(!unfolded)}
              >
                {unfolded
                  ? t("story.fold")
                  : t("story.unchanged", {
                      list: split.steady.map((metric) => word("metric", metric)).join(", "),
                    })}
              </button>
            )}
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

/** Which metric carries how much of the deviation. */
function Contributions(props: { alert: Alert }) {
  const word = useWord();
  const t = useText();
  const list = contributionsOf(props.alert);
  if (list.length === 0) return null;
  return (
    <span className="small muted">
      {t("story.contributions")}{" "}
      {list
        .slice(0, 3)
        .map(([metric, share]) => `${word("metric", metric)} ${formatPercent(share)}`)
        .join(" · ")}
    </span>
  );
}
