import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys } from "../../api/keys.ts";
import { onReading } from "../../api/live.ts";
import { now, useNow } from "../../app/clock.ts";
import { appendPoint, valuesOf } from "../../ui/trend/series.ts";
import { fetchTrend, RAW_SPAN_MS } from "../../ui/trend/trend-data.ts";
import type { Range } from "./range.ts";

/** The data of a range, and its ends, which move on while it is live. */
export function useTrend(deviceId: string, range: Range) {
  const raw = range.live && range.spanMs <= RAW_SPAN_MS;
  // Raw live ranges are fetched once and then fed by the stream; long ones are fetched again each minute.
  const minute = useNow(60);
  const second = useNow(1);
  const anchor = useAnchor(range, raw ? 0 : minute);
  const span = range.live ? range.spanMs : range.to - range.from;
  const to = range.live ? (raw ? second : anchor) : range.to;
  const [askedFrom, askedTo] = range.live ? [anchor - span, anchor] : [range.from, range.to];
  const query = useQuery({
    queryKey: keys.trend(deviceId, askedFrom, askedTo),
    queryFn: () => fetchTrend(deviceId, askedFrom, askedTo),
    placeholderData: (previous) => previous,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const version = useAppended(deviceId, raw, query.data);
  return { query, from: to - span, to, version, live: range.live };
}

/** When a live range was chosen: its key must not change every second. */
function useAnchor(range: Range, again: number): number {
  const name = range.live ? range.name : "";
  const [anchor, setAnchor] = useState({ name, again, at: now() });
  if (anchor.name !== name || anchor.again !== again) {
    const next = { name, again, at: now() };
    setAnchor(next);
    return next.at;
  }
  return anchor.at;
}

/** Appends live readings in place and counts up, at most four times a second. */
function useAppended(
  deviceId: string,
  raw: boolean,
  data: Awaited<ReturnType<typeof fetchTrend>> | undefined,
): number {
  const [version, setVersion] = useState(0);
  const drawn = useRef(0);
  useEffect(() => {
    if (!raw || data === undefined) return;
    return onReading(deviceId, (reading) => {
      const at = Date.parse(reading.timestamp) / 1000;
      for (const [metric, value] of Object.entries(valuesOf(reading))) {
        const series = data.series.get(metric);
        if (series !== undefined) appendPoint(series, at, value, 10);
      }
      if (performance.now() - drawn.current < 250) return;
      drawn.current = performance.now();
      setVersion((old) => old + 1);
    });
  }, [deviceId, raw, data]);
  return version;
}
