import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { isIdentifier } from "../../../../src/model/basics.ts";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Age } from "../../ui/age.tsx";
import { Field } from "../../ui/field.tsx";
import { formatNumber } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { CopyBlock } from "../../ui/states.tsx";

/** HTTP needs no source: a line that really sends, and what has come in of this device. */
export function HttpGuide() {
  const t = useText();
  const [device, setDevice] = useState("PUMP_01");
  const known = isIdentifier(device);
  const command = [
    `curl -X POST ${location.origin}/api/v1/readings \\`,
    `  -H "Authorization: Bearer $IAI_KEY" -H "Content-Type: application/json" \\`,
    `  -d "{\\"device_id\\":\\"${known ? device : "PUMP_01"}\\",\\"timestamp\\":$(date +%s)000,\\"temperature\\":45.3,\\"vibration\\":0.22}"`,
  ].join("\n");
  return (
    <div className="connect">
      <Panel title={t("connect.what")}>
        <div className="column">
          <Field label={t("connect.device")}>
            {(id) => (
              <Input
                id={id}
                value={device}
                maxLength={50}
                onChange={(event) => setDevice(event.target.value)}
                {...(known ? {} : { status: "error" as const })}
              />
            )}
          </Field>
          <p>
            {t("overview.empty_key")}{" "}
            <Link to="/access?tab=keys">{t("overview.empty_key_link")}</Link>
          </p>
          <CopyBlock text={command} />
        </div>
      </Panel>
      <Panel className="preview" title={t("preview.title")}>
        {known && <Arrived device={device} />}
      </Panel>
    </div>
  );
}

/** Looks every few seconds whether something came; a device nobody knows yet is no error here. */
function Arrived(props: { device: string }) {
  const { device } = props;
  const t = useText();
  const word = useWord();
  const statuses = useQuery({
    queryKey: keys.statuses(),
    queryFn: read.statuses,
    refetchInterval: 3_000,
  });
  const status = statuses.data?.items.find((each) => each.device_id === device);
  const values = Object.entries(status?.values ?? {});
  if (values.length === 0) return <p role="status">{t("preview.waiting", { device })}</p>;
  return (
    <div className="column" role="status">
      <p>
        {t("sources.last_value")} <Age at={status?.last_seen_at ?? null} />
      </p>
      <ul className="source-list">
        {values.map(([metric, { value, unit, quality }]) => (
          <li key={metric} className="row spread">
            <b>{metric}</b>
            <span>
              {formatNumber(value)} {unit === "1" ? "" : unit}{" "}
              {quality !== "good" && <span className="source-bad">{word("quality", quality)}</span>}
            </span>
          </li>
        ))}
      </ul>
      <p>
        <Link to={`/devices/${encodeURIComponent(device)}`}>{t("preview.open_device")}</Link>
      </p>
    </div>
  );
}
