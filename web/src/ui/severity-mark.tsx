import type { Severity } from "../../../src/model/alarm.ts";
import { useText } from "../i18n/text.ts";

const shapes = {
  P0: "M1 1h18v18H1z",
  P1: "M10 0.5 19.8 19H0.2z",
  P2: "M10 0 20 10 10 20 0 10z",
  P3: "M10 1a9 9 0 1 1 0 18 9 9 0 0 1 0-18z",
} as const;

/** Severity by colour, shape and letter together: square, triangle, diamond, circle. */
export function SeverityMark(props: {
  severity: Severity;
  size?: number;
  bare?: boolean;
  hollow?: boolean;
}) {
  const { severity, size = 18, bare = false, hollow = false } = props;
  const t = useText();
  const name = severity.toLowerCase();
  return (
    <span className={`severity severity-${name}`} title={t(`severity.${severity}`)}>
      <svg viewBox="-1 -1 22 22" width={size} height={size} aria-hidden="true">
        <path
          d={shapes[severity]}
          fill={hollow ? "none" : `var(--${name})`}
          stroke={`var(--${name})`}
          strokeWidth={hollow ? 2.4 : 1}
          strokeLinejoin="round"
        />
        <text
          x="10"
          y={severity === "P1" ? 17 : 14.6}
          textAnchor="middle"
          fontSize="12"
          fontWeight="700"
          fill={hollow ? `var(--${name}-text)` : `var(--${name}-ink)`}
        >
          {severity.slice(1)}
        </text>
      </svg>
      {bare ? <span className="only-read">{severity}</span> : <b>{severity}</b>}
    </span>
  );
}

/** A deviation: violet, a wave, the letter D. */
export function DeviationMark(props: { size?: number; label?: string }) {
  const { size = 16, label } = props;
  const t = useText();
  return (
    <span className="deviation-mark" title={t("word.deviation")}>
      <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
        <path
          d="M1 12c3 0 3-7 6-7s3 11 6 11 3-7 6-7"
          fill="none"
          stroke="var(--deviation)"
          strokeWidth="2.4"
          strokeLinecap="round"
        />
      </svg>
      <span>{label ?? "D"}</span>
    </span>
  );
}
