import { useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { DeviceImport } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { download } from "../../ui/download.ts";

const template =
  "device_id,device_name,device_type,factory_id,line_id,location,model,manufacturer,install_date,criticality," +
  "rated_temp_max,rated_vibration_max,rated_pressure_max,rated_current_max,flow.unit,flow.l,flow.ll\n" +
  "PUMP_01,Feed pump 1,centrifugal_pump,F001,L001,Hall 2,Etanorm 50,KSB,2021-04-12,A,95,0.5,0.4,22,L/min,20,15\n";

/** CSV in two steps: the server checks every row without writing, then the good ones are written. */
export function ImportDialog(props: { onClose: () => void }) {
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [csv, setCsv] = useState("");
  const [preview, setPreview] = useState<DeviceImport | null>(null);
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await file.text();
    setCsv(text);
    await write(async () => setPreview(await change.importDevices(text, true)));
  };
  const run = async (): Promise<void> => {
    await write(async () => setPreview(await change.importDevices(csv, false)));
    for (const name of ["devices", "statuses", "summary"]) {
      void client.invalidateQueries({ queryKey: [name] });
    }
  };
  const good = preview === null ? 0 : preview.created + preview.updated;
  return (
    <Modal open width={760} title={t("import.title")} onCancel={props.onClose} footer={null}>
      <div className="column">
        <p className="muted">{t("import.lead")}</p>
        <div className="row">
          <input
            type="file"
            accept=".csv,text/csv"
            aria-label={t("import.choose")}
            onChange={(event) => void choose(event.target.files?.[0])}
          />
          <Button size="small" onClick={() => download("devices-template.csv", template)}>
            {t("import.template")}
          </Button>
        </div>
        {preview !== null && <Preview result={preview} />}
        {preview?.dry_run === true && good > 0 && (
          <Button type="primary" onClick={() => void run()}>
            {t("import.do", { count: good })}
          </Button>
        )}
      </div>
    </Modal>
  );
}

function Preview(props: { result: DeviceImport }) {
  const { result } = props;
  const t = useText();
  const good = result.created + result.updated;
  // Rows with errors first: they are what a person must look at.
  const rows = [...result.rows].sort(
    (a, b) => Number(b.action === "refuse") - Number(a.action === "refuse") || a.row - b.row,
  );
  return (
    <>
      <p role="status">
        <b>
          {result.dry_run
            ? t("import.preview", { good, bad: result.refused })
            : t("import.done", { done: good, failed: result.refused })}
        </b>
      </p>
      <div className="table-scroll import-rows">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t("import.row")}</th>
              <th scope="col">{t("device.id")}</th>
              <th scope="col">{t("import.result")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 500).map((row) => (
              <tr key={row.row}>
                <td>{row.row}</td>
                <td>{row.device_id ?? "–"}</td>
                <td>
                  {row.errors.length === 0
                    ? t(
                        result.dry_run
                          ? row.action === "update"
                            ? "import.updates"
                            : "import.ok"
                          : "import.written",
                      )
                    : row.errors.map((error) => (
                        <div key={error.field + error.code}>
                          <b>{error.field}</b> {error.detail}{" "}
                          <span className="mono muted">{error.code}</span>
                        </div>
                      ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
