import type uPlot from "uplot";
import type { Healthy, ScaleLimits } from "../scale.ts";

/** A stretch of time in seconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Would have been raised: its baseline was still being learned. */
  readonly isShadow?: boolean;
}

export interface Mark {
  readonly at: number;
  readonly label: string;
  readonly severity: "P0" | "P1" | "P2" | "P3";
}

/** What is drawn around the line of a trend. */
export interface Surroundings {
  readonly limits: ScaleLimits;
  readonly healthy: Healthy | null;
  readonly anomalies: readonly Stretch[];
  readonly marks: readonly Mark[];
  /** The stretch that the focused evidence cites. */
  readonly cited: Stretch | null;
}

/** Colour of a token of the present theme. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Behind the line: learned band, anomaly shading, cited stretch. */
export function paintBehind(plot: uPlot, around: Surroundings): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (around.healthy !== null) {
    const top = plot.valToPos(around.healthy.mean + 3 * around.healthy.sd, "y", true);
    const bottom = plot.valToPos(around.healthy.mean - 3 * around.healthy.sd, "y", true);
    ctx.fillStyle = token("band");
    ctx.fillRect(bbox.left, top, bbox.width, Math.max(2, bottom - top));
  }
  for (const stretch of around.anomalies) {
    if (stretch.isShadow === true) outline(plot, stretch, token("deviation"));
    else shade(plot, stretch, token("deviation-soft"), token("deviation"));
  }
  if (around.cited !== null) shade(plot, around.cited, token("accent-soft"), token("accent"));
  ctx.restore();
}

/** A dashed edge and no shading: it paged nobody. */
function outline(plot: uPlot, stretch: Stretch, edge: string): void {
  const { ctx, bbox } = plot;
  const dash = 6 * devicePixelRatio;
  const right = plot.valToPos(stretch.to, "x", true);
  ctx.fillStyle = edge;
  for (let left = plot.valToPos(stretch.from, "x", true); left < right; left += 2 * dash)
    ctx.fillRect(left, bbox.top, Math.min(dash, right - left), 2 * devicePixelRatio);
}

function shade(plot: uPlot, stretch: Stretch, fill: string, edge: string): void {
  const { ctx, bbox } = plot;
  const left = plot.valToPos(stretch.from, "x", true);
  const width = Math.max(2, plot.valToPos(stretch.to, "x", true) - left);
  ctx.globalAlpha = 0.75;
  ctx.fillStyle = fill;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  ctx.fillStyle = edge;
  ctx.fillRect(left, bbox.top, width, 2 * devicePixelRatio);
}

/** Before the line: limits with their names, alarm marks. */
export function paintBefore(plot: uPlot, around: Surroundings): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const { ll, l, h, hh } = around.limits;
  limitLine(plot, hh, "HH", "p0");
  limitLine(plot, h, "H", "p1");
  limitLine(plot, l, "L", "p1");
  limitLine(plot, ll, "LL", "p0");
  for (const mark of around.marks) alarmMark(plot, mark);
  ctx.restore();
}

function limitLine(plot: uPlot, value: number | null, name: string, colour: "p0" | "p1"): void {
  if (value === null) return;
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.strokeStyle = token(colour);
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(colour === "p0" ? [] : [6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = token(`${colour}-text`) || token(colour);
  ctx.font = `600 ${String(11 * devicePixelRatio)}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  const above = y - bbox.top > 16 * devicePixelRatio;
  ctx.textBaseline = above ? "bottom" : "top";
  ctx.fillText(name, bbox.left + 4, above ? y - 1 : y + 2);
}

function alarmMark(plot: uPlot, mark: Mark): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(mark.at, "x", true)) + 0.5;
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const size = devicePixelRatio;
  const name = mark.severity.toLowerCase();
  ctx.strokeStyle = token(name);
  ctx.lineWidth = 1.5 * size;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `700 ${String(10.5 * size)}px system-ui, sans-serif`;
  const width = ctx.measureText(mark.label).width + 8 * size;
  const left = Math.min(x, bbox.left + bbox.width - width);
  ctx.fillStyle = token(name);
  ctx.fillRect(left, bbox.top, width, 15 * size);
  ctx.fillStyle = token(`${name}-ink`);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(mark.label, left + 4 * size, bbox.top + 8 * size);
}
