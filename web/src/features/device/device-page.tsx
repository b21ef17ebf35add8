import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Device, DeviceStatus } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Age } from "../../ui/age.tsx";
import { AskButton } from "../../ui/ask-iai/ask-button.tsx";
import { MarginBar } from "../../ui/bullet-bar.tsx";
import { formatNumber } from "../../ui/number.ts";
import { PageHead } from "../../ui/panel.tsx";
import { DeviationMark, SeverityMark } from "../../ui/severity-mark.tsx";
import { QueryView } from "../../ui/states.tsx";
import { BaselinePanel } from "./baseline-panel.tsx";
import { DeviceFacts } from "./device-facts.tsx";
import { DeviceWork } from "./device-work.tsx";
import { ForecastPanel } from "./forecast-panel.tsx";
import { ModeControl } from "./mode-control.tsx";
import { Trends } from "./trends.tsx";
import "./device.css";

/** One machine: all its metrics on one time axis, what it has learned, what it did. */
export function DevicePage() {
  const { deviceId = "" } = useParams();
  const device = useQuery({
    queryKey: keys.device(deviceId),
    queryFn: () => read.device(deviceId),
  });
  const status = useQuery({
    queryKey: keys.status(deviceId),
    queryFn: () => read.status(deviceId),
  });
  return (
    <QueryView query={device} rows={8}>
      {(data) => (
        <>
          <Head device={data} status={status.data ?? null} />
          <div className="device-grid" key={deviceId}>
            <div className="column">
              <Trends device={data} status={status.data ?? null} />
            </div>
            <div className="column">
              <DeviceWork deviceId={deviceId} />
              <ForecastPanel device={data} status={status.data ?? null} />
              <BaselinePanel deviceId={deviceId} />
              <DeviceFacts device={data} />
            </div>
          </div>
        </>
      )}
    </QueryView>
  );
}

function Head(props: { device: Device; status: DeviceStatus | null }) {
  const { device, status } = props;
  const t = useText();
  const word = useWord();
  return (
    <>
      <PageHead
        title={
          <span className="row">
            {status?.severity != null && <SeverityMark severity={status.severity} size={24} />}
            {status?.state === "deviation" && <DeviationMark />}
            {device.device_id}
          </span>
        }
        note={`${device.device_name} · ${device.device_type} · ${device.factory_id} / ${device.line_id}`}
      >
        <AskButton
          subject={{ device_id: device.device_id }}
          name={device.device_id}
          key={device.device_id}
        />
        <ModeControl device={device} />
      </PageHead>
      <div className="row device-now">
        <span className="tag">{word("mode", device.mode)}</span>
        {status?.state != null && (
          <span>
            <span className="muted">{t("device.state")}</span> {t(`device.state_${status.state}`)}
            {status.score !== null && (
              <span className="muted">
                {" "}
                · {t("device.score", { score: formatNumber(status.score) })}
              </span>
            )}
          </span>
        )}
        <span className="device-margin">
          <MarginBar margin={status?.worst_margin ?? null} />
        </span>
        <Age at={status?.last_seen_at ?? null} staleMs={60_000} />
        {!device.protected && <span className="tag tag-warn">{t("limit.unprotected")}</span>}
        {device.auto_registered && <span className="tag">{t("device.auto")}</span>}
      </div>
    </>
  );
}
