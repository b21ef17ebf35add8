/** The last hour of a value, without axes: shape only, the numbers stand beside it. */
export function Sparkline(props: { values: readonly number[]; label: string }) {
  const { values, label } = props;
  if (values.length < 2) return <span className="sparkline" />;
  const min = Math.min(...values);
  const max = Math.max(...values);
  const span = max - min || 1;
  const step = 100 / (values.length - 1);
  const points = values
    .map((value, i) => `${(i * step).toFixed(1)},${(19 - ((value - min) / span) * 18).toFixed(1)}`)
    .join(" ");
  return (
    <svg
      className="sparkline"
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline
        points={points}
        fill="none"
        stroke="var(--trace-2)"
        strokeWidth="1.4"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
