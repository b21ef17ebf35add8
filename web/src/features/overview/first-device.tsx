import { Link } from "react-router";
import { useText } from "../../i18n/text.ts";
import { CopyBlock, Empty } from "../../ui/states.tsx";

/** No device yet: one line that really sends the first reading to this very server. */
export function FirstDevice() {
  const t = useText();
  const command = [
    `curl -X POST ${location.origin}/api/v1/readings \\`,
    `  -H "Authorization: Bearer $IAI_KEY" -H "Content-Type: application/json" \\`,
    `  -d "{\\"device_id\\":\\"PUMP_01\\",\\"timestamp\\":$(date +%s)000,\\"temperature\\":45.3,\\"vibration\\":0.22}"`,
  ].join("\n");
  return (
    <Empty title={t("overview.empty")}>
      <p>
        {t("overview.empty_key")} <Link to="/access?tab=keys">{t("overview.empty_key_link")}</Link>
      </p>
      <CopyBlock text={command} />
      <p className="muted">
        {t("overview.empty_more")} <Link to="/devices">{t("nav.devices")}</Link>
      </p>
    </Empty>
  );
}
