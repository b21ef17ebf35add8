import type uPlot from "uplot";
import { formatNumber, formatTime } from "../number.ts";
import { paintBefore, paintBehind, type Surroundings, token } from "./paint.ts";
import type { Series } from "./series.ts";

interface TrendOptions {
  readonly width: number;
  readonly height: number;
  readonly unit: string;
  readonly series: Series;
  readonly around: () => Surroundings;
  readonly range: () => { readonly from: number; readonly to: number };
  readonly syncKey: string;
  readonly showTimes: boolean;
  readonly onZoom: (from: number, to: number) => void;
}

/** What uPlot draws: the line, with its extremes where a point stands for a minute or more. */
export function trendOptions(options: TrendOptions): uPlot.Options {
  const { series, around } = options;
  const ink = token("ink-3");
  const grid = { stroke: token("line"), width: 1 };
  const font = "11px system-ui, sans-serif";
  const line = { stroke: token("trace"), width: 1.4, points: { show: series.times.length < 60 } };
  const edge = { stroke: token("trace-2"), width: 0.5, points: { show: false } };
  const wide = series.min !== null;
  return {
    width: options.width,
    height: options.height,
    legend: { show: false },
    cursor: {
      sync: { key: options.syncKey, setSeries: false },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
    },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, auto: false, range: () => [options.range().from, options.range().to] },
      y: { range: (_plot, min, max) => yRange(min, max, around()) },
    },
    axes: [
      {
        stroke: ink,
        font,
        grid,
        ticks: { show: false },
        size: options.showTimes ? 26 : 6,
        values: options.showTimes ? timeLabels : () => [],
      },
      {
        stroke: ink,
        font,
        grid,
        ticks: { show: false },
        size: 54,
        space: 26,
        values: (_plot, splits) => splits.map((value) => shortNumber(value)),
      },
    ],
    series: [{}, line, ...(wide ? [edge, edge] : [])],
    ...(wide ? { bands: [{ series: [3, 2] as [number, number], fill: token("band") }] } : {}),
    hooks: {
      drawClear: [(plot) => paintBehind(plot, around())],
      draw: [(plot) => paintBefore(plot, around())],
      setSelect: [(plot) => zoom(plot, options.onZoom)],
    },
  };
}

function zoom(plot: uPlot, onZoom: (from: number, to: number) => void): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  const from = plot.posToVal(left, "x");
  const to = plot.posToVal(left + width, "x");
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(from, to);
}

/** The range of the values, wide enough for the learned band and for a limit that is near. */
function yRange(min: number | null, max: number | null, around: Surroundings): [number, number] {
  let low = min ?? 0;
  let high = max ?? 1;
  const { healthy, limits } = around;
  if (healthy !== null) {
    low = Math.min(low, healthy.mean - 4 * healthy.sd);
    high = Math.max(high, healthy.mean + 4 * healthy.sd);
  }
  const span = high - low || Math.abs(high) * 0.1 || 1;
  for (const limit of [limits.ll, limits.l, limits.h, limits.hh]) {
    // A limit far away would press the line flat: it is then told in words beside the trend.
    if (limit === null || limit < low - span || limit > high + span) continue;
    low = Math.min(low, limit);
    high = Math.max(high, limit);
  }
  const pad = (high - low || span) * 0.08;
  return [low - pad, high + pad];
}

function shortNumber(value: number): string {
  return formatNumber(value)
    .replace(/\.0+$/, "")
    .replace(/(\.\d*?)0+$/, "$1");
}

function timeLabels(_plot: uPlot, splits: number[]): string[] {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  return splits.map((at) => {
    const date = new Date(at * 1000);
    if (span > 86_400)
      return `${String(date.getMonth() + 1)}-${String(date.getDate())} ${formatTime(at * 1000).slice(0, 5)}`;
    return span > 600 ? formatTime(at * 1000).slice(0, 5) : formatTime(at * 1000);
  });
}
