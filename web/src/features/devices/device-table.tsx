import { Button, Table, type TableColumnsType } from "antd";
import { useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Device } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { formatNumber } from "../../ui/number.ts";

/** Ten thousand rows stay light: only those on the screen are drawn. */
export function DeviceTable(props: {
  devices: readonly Device[];
  onEdit: (device: Device) => void;
}) {
  const columns = useColumns(props.onEdit);
  const place = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(500);
  useLayoutEffect(() => {
    const fit = (): void => {
      const top = place.current?.getBoundingClientRect().top ?? 200;
      setHeight(Math.max(260, innerHeight - top - 100));
    };
    fit();
    addEventListener("resize", fit);
    return () => removeEventListener("resize", fit);
  }, []);
  return (
    <div ref={place} className="registry-table">
      <Table<Device>
        virtual
        size="small"
        rowKey="device_id"
        columns={columns}
        dataSource={props.devices}
        pagination={false}
        scroll={{ x: 1060, y: height }}
      />
    </div>
  );
}

function useColumns(onEdit: (device: Device) => void): TableColumnsType<Device> {
  const t = useText();
  const word = useWord();
  const may = useMay();
  const text = (a: string, b: string): number => a.localeCompare(b);
  return [
    {
      title: t("device.id"),
      key: "id",
      width: 150,
      sorter: (a, b) => text(a.device_id, b.device_id),
      render: (_, device) => (
        <Link to={`/devices/${encodeURIComponent(device.device_id)}`}>
          <b>{device.device_id}</b>
        </Link>
      ),
    },
    {
      title: t("device.name"),
      key: "name",
      width: 170,
      ellipsis: true,
      render: (_, device) => device.device_name,
    },
    {
      title: t("device.type"),
      key: "type",
      width: 140,
      ellipsis: true,
      sorter: (a, b) => text(a.device_type, b.device_type),
      render: (_, device) => device.device_type,
    },
    {
      title: t("device.line"),
      key: "line",
      width: 90,
      sorter: (a, b) => text(a.line_id, b.line_id),
      render: (_, device) => device.line_id,
    },
    {
      title: t("device.criticality"),
      key: "criticality",
      width: 110,
      sorter: (a, b) => text(a.criticality, b.criticality),
      render: (_, device) => device.criticality,
    },
    {
      title: t("device.mode"),
      key: "mode",
      width: 100,
      render: (_, device) => word("mode", device.mode),
    },
    {
      title: t("device.limits"),
      key: "limits",
      width: 250,
      render: (_, device) => <Limits device={device} />,
    },
    {
      title: <span className="only-read">{t("action.edit")}</span>,
      key: "edit",
      width: 80,
      render: (_, device) =>
        may("engineer") && (
          <Button
            size="small"
            onClick={() => onEdit(device)}
            aria-label={`${t("action.edit")} ${device.device_id}`}
          >
            {t("action.edit")}
          </Button>
        ),
    },
  ];
}

/** The rated maxima in one line, or the plain word that nothing protects this device. */
function Limits(props: { device: Device }) {
  const { device } = props;
  const t = useText();
  const word = useWord();
  if (!device.protected) return <span className="tag tag-warn">{t("limit.unprotected")}</span>;
  const parts = Object.entries(device.metrics)
    .filter(([, spec]) => spec.hh !== null)
    .map(
      ([metric, spec]) => `${word("metric", metric)} ${formatNumber(spec.hh ?? 0)} ${spec.unit}`,
    );
  return (
    <span className="cut registry-limits" title={parts.join(" · ")}>
      {parts.join(" · ")}
    </span>
  );
}
