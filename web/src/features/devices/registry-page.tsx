import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Input } from "antd";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Device } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { download } from "../../ui/download.ts";
import { formatCount } from "../../ui/number.ts";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { DeviceForm } from "./device-form.tsx";
import { DeviceTable } from "./device-table.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import "./devices.css";

const everything = { limit: 10_000 };
type Dialog =
  | { readonly kind: "form"; readonly device: Device | null }
  | { readonly kind: "import" };

/** All devices, what protects them, and how they come in and out. */
export function RegistryPage() {
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const devices = useQuery({
    queryKey: keys.devices(everything),
    queryFn: () => read.devices(everything),
  });
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const exportCsv = (): void =>
    void write(async () => download("devices.csv", await read.exportDevices()));
  return (
    <>
      <PageHead title={t("devices.title")}>
        {may("engineer") && (
          <>
            <Button type="primary" onClick={() => setDialog({ kind: "form", device: null })}>
              {t("devices.new")}
            </Button>
            <Button onClick={() => setDialog({ kind: "import" })}>{t("devices.import")}</Button>
          </>
        )}
        <Button onClick={exportCsv}>{t("action.export")}</Button>
      </PageHead>
      <QueryView query={devices} rows={8}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("devices.empty")}>
              <p className="muted">{t("devices.empty_more")}</p>
            </Empty>
          ) : (
            <Listed devices={page.items} onEdit={(device) => setDialog({ kind: "form", device })} />
          )
        }
      </QueryView>
      {dialog?.kind === "form" && (
        <DeviceForm device={dialog.device} onClose={() => setDialog(null)} />
      )}
      {dialog?.kind === "import" && <ImportDialog onClose={() => setDialog(null)} />}
    </>
  );
}

function Listed(props: { devices: readonly Device[]; onEdit: (device: Device) => void }) {
  const { devices, onEdit } = props;
  const t = useText();
  const [params, setParams] = useSearchParams();
  const find = params.get("find") ?? "";
  const line = params.get("line");
  const bare = params.get("protected") === "no";
  const set = (name: string, value: string): void =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const shown = useMemo(() => {
    const needle = find.toLowerCase();
    return devices.filter((device) => {
      if (bare && device.protected) return false;
      if (line !== null && device.line_id !== line) return false;
      const text = `${device.device_id} ${device.device_name} ${device.device_type} ${device.line_id} ${device.model ?? ""}`;
      return text.toLowerCase().includes(needle);
    });
  }, [devices, find, line, bare]);
  return (
    <>
      <div className="row">
        <Input
          className="registry-find"
          allowClear
          aria-label={t("devices.filter")}
          placeholder={t("devices.filter")}
          value={find}
          onChange={(event) => set("find", event.target.value)}
        />
        {line !== null && <Button onClick={() => set("line", "")}>{line} ✕</Button>}
        <Checkbox
          checked={bare}
          onChange={(event) => set("protected", event.target.checked ? "no" : "")}
        >
          {t("devices.only_unprotected")}
        </Checkbox>
        <span className="muted">
          {t("devices.count", {
            shown: formatCount(shown.length),
            all: formatCount(devices.length),
          })}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title={t("devices.none_match")} />
      ) : (
        <DeviceTable devices={shown} onEdit={onEdit} />
      )}
    </>
  );
}
