import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Device } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { Facts, Panel } from "../../ui/panel.tsx";

export function DeviceFacts(props: { device: Device }) {
  const { device } = props;
  const t = useText();
  const forecast = useQuery({
    queryKey: keys.forecast(device.device_id),
    queryFn: () => read.forecast(device.device_id),
    retry: false,
  });
  return (
    <Panel title={t("device.facts")}>
      <Facts
        rows={[
          [t("device.type"), device.device_type],
          [t("device.criticality"), device.criticality],
          [t("device.location"), device.location ?? "–"],
          [t("device.model"), device.model ?? "–"],
          [t("device.manufacturer"), device.manufacturer ?? "–"],
          [t("device.installed").replace(/ ?[（(].*/, ""), device.install_date ?? "–"],
          [
            t("device.forecast"),
            forecast.data?.forecast == null
              ? t("device.forecast_none", { reason: forecast.data?.reason ?? "–" })
              : `${String(Math.round(forecast.data.forecast.probability * 100))} % / ${String(forecast.data.forecast.horizon_h)} h`,
          ],
        ]}
      />
    </Panel>
  );
}
