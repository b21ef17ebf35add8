import { useEffect, useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./trend.css";
import { usePreferences } from "../../app/preferences.ts";
import { formatDateTime, formatNumber } from "../number.ts";
import { indexAt, visiblePart } from "./decimate.ts";
import { trendOptions } from "./options.ts";
import type { Surroundings } from "./paint.ts";
import { listenForPan } from "./pan.ts";
import type { Series } from "./series.ts";

interface TrendProps {
  readonly series: Series;
  readonly unit: string;
  readonly label: string;
  readonly height: number;
  readonly around: Surroundings;
  readonly from: number; // seconds
  readonly to: number;
  readonly syncKey: string;
  readonly showTimes: boolean;
  readonly onZoom: (from: number, to: number) => void;
  /** While panning, for every frame; left out: this trend does not pan. */
  readonly onPan?: (from: number, to: number) => void;
  /** Counts up when points were appended in place. */
  readonly version?: number;
}

function dataOf(props: TrendProps, width: number): uPlot.AlignedData {
  const part = visiblePart(props.series, props.from, props.to, Math.max(width, 200));
  const columns = [part.times, part.values];
  if (part.min !== null && part.max !== null) {
    columns.push(part.min as number[], part.max as number[]);
  }
  return columns as uPlot.AlignedData;
}

/** One metric over time with its limits, learned band, anomalies and alarms. Drag selects a time, Ctrl and wheel zoom, Shift and drag pan. */
export function Trend(props: TrendProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);
  const { theme } = usePreferences();
  const wide = props.series.min !== null;

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme or shape needs a new plot; data does not
  useEffect(() => {
    if (place.current === null || width === 0) return;
    const made = new uPlot(
      trendOptions({
        width,
        height: props.height,
        unit: props.unit,
        series: props.series,
        syncKey: props.syncKey,
        showTimes: props.showTimes,
        around: () => latest.current.around,
        range: () => latest.current,
        onZoom: (from, to) => latest.current.onZoom(from, to),
      }),
      dataOf(latest.current, width),
      place.current,
    );
    plot.current = made;
    made.over.addEventListener("mousemove", () => {
      const { left = -1 } = made.cursor;
      setPointed(left < 0 ? null : made.posToVal(left, "x"));
    });
    made.over.addEventListener("mouseleave", () => setPointed(null));
    const deaf = listenForPan(made, () => latest.current);
    return () => {
      deaf();
      made.destroy();
      plot.current = null;
    };
  }, [width > 0, props.height, props.syncKey, props.showTimes, theme, wide]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: props.height });
  }, [width, props.height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn again for each of these
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current, width));
  }, [props.series, props.version, props.from, props.to, props.around]);

  return (
    <figure className="trend" aria-label={props.label}>
      <div ref={place} className="trend-plot" />
      <Pointed series={props.series} at={pointed} unit={props.unit} />
    </figure>
  );
}

function Pointed(props: { series: Series; at: number | null; unit: string }) {
  const { series, unit } = props;
  if (props.at === null) return null;
  const index = Math.min(indexAt(series.times, props.at), series.times.length - 1);
  const at = series.times[index];
  const value = series.values[index];
  if (at === undefined || value === undefined || value === null) return null;
  return (
    <figcaption className="trend-pointed">
      <b>
        {formatNumber(value)} {unit === "1" ? "" : unit}
      </b>{" "}
      {formatDateTime(at * 1000)}
    </figcaption>
  );
}
