import { useQuery } from "@tanstack/react-query";
import { memo, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { read } from "../../api/endpoints.ts";
import type { DeviceStatus } from "../../api/types.ts";
import { now } from "../../app/clock.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Age } from "../../ui/age.tsx";
import { MarginBar } from "../../ui/bullet-bar.tsx";
import { Quantity } from "../../ui/quantity.tsx";
import { DeviationMark, SeverityMark } from "../../ui/severity-mark.tsx";
import { Sparkline } from "../../ui/sparkline.tsx";

/** One device: name, mode, worst margin, alarm letter, age. Everything else is one click away. */
export const DeviceTile = memo(function DeviceTile(props: {
  device: DeviceStatus;
  trend: boolean;
}) {
  const { device, trend } = props;
  const t = useText();
  const word = useWord();
  const metric = device.worst_metric ?? Object.keys(device.values)[0] ?? null;
  const value = metric === null ? null : (device.values[metric] ?? null);
  const quiet = device.severity === null && device.state !== "deviation";
  return (
    <Link
      to={`/devices/${encodeURIComponent(device.device_id)}`}
      className={`tile${quiet ? "" : " tile-loud"} tile-${(device.severity ?? "none").toLowerCase()}`}
    >
      <span className="tile-head">
        <b className="cut">{device.device_id}</b>
        {device.severity !== null && <SeverityMark severity={device.severity} bare size={20} />}
        {device.severity === null && device.state === "deviation" && <DeviationMark />}
      </span>
      <span className="tile-sub cut muted small">
        {word("mode", device.mode)} · {device.device_name}
      </span>
      <MarginBar margin={device.worst_margin} />
      <span className="tile-value">
        {metric !== null && (
          <>
            <span className="muted small cut">{word("metric", metric)}</span>
            <Quantity
              value={value?.value ?? null}
              unit={value?.unit ?? "1"}
              quality={value?.quality ?? "good"}
              measuredAt={device.last_seen_at}
            />
          </>
        )}
        {metric === null && <Age at={device.last_seen_at} />}
      </span>
      {trend && metric !== null && <TileTrend deviceId={device.device_id} metric={metric} />}
      <TileNotes device={device} none={t("limit.unprotected_short")} />
    </Link>
  );
});

function TileNotes(props: { device: DeviceStatus; none: string }) {
  const { device } = props;
  const t = useText();
  const learning = device.state === "learning" && device.learn_rows > 0;
  if (device.protected && !learning) return null;
  return (
    <span className="row small">
      {!device.protected && <span className="tag">{props.none}</span>}
      {learning && (
        <span className="muted">
          {t("baseline.progress", { have: device.learned_rows, need: device.learn_rows })}
        </span>
      )}
    </span>
  );
}

/** The last hour of the worst metric, fetched once the tile is seen. */
function TileTrend(props: { deviceId: string; metric: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  const t = useText();
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const hour = useQuery({
    queryKey: ["tile-trend", props.deviceId, props.metric],
    queryFn: () =>
      read.aggregates({
        device_id: props.deviceId,
        metric: props.metric,
        from: now() - 3_600_000,
        to: now(),
        limit: 60,
      }),
    enabled: seen,
    staleTime: 60_000,
    refetchInterval: 120_000,
    retry: false,
  });
  return (
    <span ref={place}>
      <Sparkline
        values={(hour.data?.items ?? []).map((row) => row.avg)}
        label={t("trend.last_hour")}
      />
    </span>
  );
}
