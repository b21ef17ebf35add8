import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import type { Device } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { formatDateTime } from "../../ui/number.ts";
import { modeSpans } from "./mode-spans.ts";

/** The modes of the range on the same time axis as the trends below. */
export function ModeStrip(props: { device: Device; from: number; to: number }) {
  const { device, from, to } = props;
  const t = useText();
  const word = useWord();
  const history = useQuery({
    queryKey: ["device-history", device.device_id, device.config_version],
    queryFn: () => read.deviceHistory(device.device_id),
    retry: false,
  });
  const now = { mode: device.mode, since: Date.parse(device.mode_since) };
  const spans = modeSpans(history.data?.items ?? [], now, { from, to });
  return (
    <ol className="mode-strip" aria-label={t("device.modes")}>
      {spans.map((span) => (
        <li
          key={span.from}
          className={`mode-${span.mode.toLowerCase()}`}
          style={{
            left: `${String(((span.from - from) / (to - from)) * 100)}%`,
            width: `${String(((span.to - span.from) / (to - from)) * 100)}%`,
          }}
          title={`${word("mode", span.mode)} · ${formatDateTime(span.from)}${span.actor === null ? "" : ` · ${span.actor}`}`}
        >
          <span className="cut">{word("mode", span.mode)}</span>
        </li>
      ))}
    </ol>
  );
}
