import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useNow } from "../../app/clock.ts";
import { useText } from "../../i18n/text.ts";
import { formatCount } from "../../ui/number.ts";
import { PageHead } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { QueryView } from "../../ui/states.tsx";
import { DeviceTile } from "./device-tile.tsx";
import { FirstDevice } from "./first-device.tsx";
import { foldLine, type Line, linesOf } from "./fleet.ts";
import "./overview.css";

/** Beyond this many devices a line shows only what is noteworthy. */
const FOLD_ABOVE = 120;
const STALE_MS = 60_000;

/** Lines as rows, devices as tiles in process order; a healthy plant is quiet. */
export function OverviewPage() {
  const t = useText();
  const statuses = useQuery({ queryKey: keys.statuses(), queryFn: read.statuses });
  const lines = useMemo(() => linesOf(statuses.data?.items ?? []), [statuses.data]);
  return (
    <>
      <PageHead title={t("overview.title")} />
      <QueryView query={statuses} rows={6}>
        {(page) =>
          page.items.length === 0 ? (
            <FirstDevice />
          ) : (
            <div className="lines">
              {lines.map((line) => (
                <LineRow
                  key={`${line.factoryId}/${line.lineId}`}
                  line={line}
                  fold={page.items.length > FOLD_ABOVE}
                />
              ))}
            </div>
          )
        }
      </QueryView>
    </>
  );
}

function LineRow(props: { line: Line; fold: boolean }) {
  const { line, fold } = props;
  const t = useText();
  const now = useNow(5);
  const [open, setOpen] = useState(false);
  const folded = foldLine(line.devices, { now, staleMs: STALE_MS, most: 24 });
  const all = !fold || open;
  const shown = all ? line.devices.slice(0, 400) : folded.shown;
  const worst = line.devices.reduce<"P0" | "P1" | "P2" | "P3" | null>(
    (found, { severity }) =>
      severity !== null && (found === null || severity < found) ? severity : found,
    null,
  );
  const more = line.devices.length - shown.length;
  return (
    <section className="line" aria-label={`${line.factoryId} ${line.lineId}`}>
      <header className="line-head">
        <h2>
          {worst !== null && <SeverityMark severity={worst} bare />} {line.lineId}
        </h2>
        <span className="muted small">
          {line.factoryId} · {t("overview.devices", { count: formatCount(line.devices.length) })}
        </span>
      </header>
      <div className="tiles">
        {shown.map((device) => (
          <DeviceTile key={device.device_id} device={device} trend={!fold} />
        ))}
        {fold && !open && folded.quiet > 0 && (
          <button type="button" className="tile tile-fold" onClick={() => setOpen(true)}>
            {t("overview.quiet", { count: formatCount(folded.quiet) })}
          </button>
        )}
        {all && more > 0 && (
          <Link className="tile tile-fold" to={`/devices?line=${encodeURIComponent(line.lineId)}`}>
            {t("overview.more", { count: formatCount(more) })}
          </Link>
        )}
      </div>
    </section>
  );
}
