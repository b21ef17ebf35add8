import { Button, Radio } from "antd";
import { memo } from "react";
import { now } from "../../app/clock.ts";
import { useText } from "../../i18n/text.ts";
import { formatDateTime, formatTime } from "../../ui/number.ts";
import { type Range, type SpanName, spans } from "./range.ts";

interface RangeBarProps {
  readonly range: Range;
  readonly from: number;
  readonly to: number;
  readonly onGo: (from: number, to: number) => void;
  readonly onLive: (name: SpanName) => void;
}

/** The range in words; it follows a pan frame by frame. */
export function RangeText(props: { from: number; to: number }) {
  const { from, to } = props;
  const same = formatDateTime(from).slice(0, 10) === formatDateTime(to).slice(0, 10);
  return (
    <span className="small muted range-text">
      {formatDateTime(from)} – {same ? formatTime(to) : formatDateTime(to)}
    </span>
  );
}

/** Live spans at one click; earlier, later and wider for what is past. Not drawn again while panning. */
export const RangeBar = memo(function RangeBar(props: RangeBarProps) {
  const { range, from, to, onGo, onLive } = props;
  const t = useText();
  const span = to - from;
  const later = (): void => {
    if (to + span / 2 > now()) onLive(nearest(span));
    else onGo(from + span / 2, to + span / 2);
  };
  return (
    <>
      <Button
        size="small"
        aria-label={t("range.earlier")}
        title={t("range.earlier")}
        onClick={() => onGo(from - span / 2, to - span / 2)}
      >
        ◂
      </Button>
      <Button
        size="small"
        aria-label={t("range.later")}
        title={t("range.later")}
        disabled={range.live}
        onClick={later}
      >
        ▸
      </Button>
      <Button size="small" onClick={() => onGo(from - span / 2, to + span / 2)}>
        {t("range.zoom_out")}
      </Button>
      <Radio.Group
        size="small"
        optionType="button"
        aria-label={t("range.live")}
        value={range.live ? range.name : null}
        onChange={(event) => onLive(event.target.value as SpanName)}
        options={spans.map(([value]) => ({ value, label: t(`range.${value}`) }))}
      />
    </>
  );
});

/** The live span that comes nearest to a length. */
function nearest(ms: number): SpanName {
  return spans.find(([, span]) => span >= ms)?.[0] ?? "7d";
}
