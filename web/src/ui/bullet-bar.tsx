import { useText } from "../i18n/text.ts";
import { formatNumber, formatPercent } from "./number.ts";
import {
  effectiveH,
  type Healthy,
  type ScaleLimits,
  scaleOf,
  zoneOf,
  zoneOfMargin,
} from "./scale.ts";

const W = 200;
const H = 16;
const fills = { inside: "var(--trace-2)", high: "var(--p1)", over: "var(--p0)" } as const;

interface BulletBarProps {
  readonly value: number | null;
  readonly unit: string;
  readonly limits: ScaleLimits;
  readonly healthy: Healthy | null;
  readonly hourAgo?: number | null;
}

/** A value on its scale: healthy band, H and HH, now, and where it was an hour ago. */
export function BulletBar(props: BulletBarProps) {
  const { value, unit, limits, healthy, hourAgo = null } = props;
  const t = useText();
  const shown = [value, hourAgo].filter((each): each is number => each !== null);
  if (shown.length === 0) return <span className="bullet bullet-empty" />;
  const { from, to } = scaleOf(shown, limits, healthy);
  const x = (v: number): number => Math.max(0, Math.min(W, ((v - from) / (to - from)) * W));
  const inForce = { ...limits, h: effectiveH(limits, healthy) };
  const label = t("bullet.label", {
    value: value === null ? "–" : formatNumber(value),
    unit,
    limit: limits.hh === null ? "–" : formatNumber(limits.hh),
  });
  return (
    <svg
      className="bullet"
      viewBox={`0 0 ${String(W)} ${String(H)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect x="0" y="5" width={W} height="6" fill="var(--sunk)" />
      {healthy !== null && (
        <rect
          x={x(healthy.mean - 3 * healthy.sd)}
          y="3"
          width={Math.max(2, x(healthy.mean + 3 * healthy.sd) - x(healthy.mean - 3 * healthy.sd))}
          height="10"
          fill="var(--band)"
        />
      )}
      {value !== null && (
        <rect x="0" y="6.5" width={x(value)} height="3" fill={fills[zoneOf(value, inForce)]} />
      )}
      <LimitTick at={inForce.l} x={x} kind="h" />
      <LimitTick at={inForce.h} x={x} kind="h" />
      <LimitTick at={limits.ll} x={x} kind="hh" />
      <LimitTick at={limits.hh} x={x} kind="hh" />
      {hourAgo !== null && (
        <rect
          x={x(hourAgo) - 1}
          y="2"
          width="2"
          height="12"
          fill="none"
          stroke="var(--ink-3)"
          strokeWidth="1"
          vectorEffect="non-scaling-stroke"
        />
      )}
      {value !== null && <rect x={x(value) - 1.5} y="1" width="3" height="14" fill="var(--ink)" />}
    </svg>
  );
}

function LimitTick(props: { at: number | null; x: (v: number) => number; kind: "h" | "hh" }) {
  if (props.at === null) return null;
  const strong = props.kind === "hh";
  return (
    <rect
      x={props.x(props.at) - (strong ? 1 : 0.5)}
      y={strong ? 0 : 2}
      width={strong ? 2 : 1}
      height={strong ? 16 : 12}
      fill={strong ? "var(--p0)" : "var(--p1)"}
    />
  );
}

/** The share of the margin used up, where only that is known: H at 80 %, HH at 100 %. */
export function MarginBar(props: { margin: number | null; hourAgo?: number | null }) {
  const { margin, hourAgo = null } = props;
  const t = useText();
  if (margin === null) return <span className="bullet bullet-empty" title={t("margin.unknown")} />;
  const top = Math.max(1.15, margin * 1.05);
  const x = (v: number): number => Math.max(0, Math.min(W, (v / top) * W));
  return (
    <svg
      className="bullet"
      viewBox={`0 0 ${String(W)} ${String(H)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("margin.label", { share: formatPercent(margin) })}
    >
      <rect x="0" y="5" width={W} height="6" fill="var(--sunk)" />
      <rect x="0" y="6" width={x(margin)} height="4" fill={fills[zoneOfMargin(margin)]} />
      <LimitTick at={0.8} x={x} kind="h" />
      <LimitTick at={1} x={x} kind="hh" />
      {hourAgo !== null && (
        <rect x={x(hourAgo) - 1} y="2" width="2" height="12" fill="var(--ink-3)" />
      )}
      <rect x={x(margin) - 1.5} y="1" width="3" height="14" fill="var(--ink)" />
    </svg>
  );
}
