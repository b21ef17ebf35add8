import type { Device } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { Facts, Panel } from "../../ui/panel.tsx";

export function DeviceFacts(props: { device: Device }) {
  const { device } = props;
  const t = useText();
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
        ]}
      />
    </Panel>
  );
}
