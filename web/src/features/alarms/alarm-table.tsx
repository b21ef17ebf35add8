import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { change } from "../../api/endpoints.ts";
import type { Alert, WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { type Translate, useText, useWord } from "../../i18n/text.ts";
import { Running } from "../../ui/age.tsx";
import { useWrite } from "../../ui/ask.tsx";
import { MarginBar } from "../../ui/bullet-bar.tsx";
import { formatPercent } from "../../ui/number.ts";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { ShelveDialog } from "./alarm-dialogs.tsx";
import type { AlarmGroup } from "./alarm-rows.ts";
import { AlarmStateTag } from "./alarm-state.tsx";

/** The rows with their keyboard: j and k move, a acknowledges, s shelves, Enter opens. */
export function AlarmTable(props: {
  groups: readonly AlarmGroup[];
  orderOf: ReadonlyMap<string, WorkOrder>;
}) {
  const t = useText();
  const rows = useMemo(() => props.groups.flatMap((group) => group.rows), [props.groups]);
  const [at, setAt] = useState(0);
  const [shelving, setShelving] = useState<Alert | null>(null);
  useAlarmKeys(rows, at, setAt, setShelving);
  const chosen = rows[at]?.trace_id;
  return (
    <div className="alarm-table">
      <table aria-label={t("alarms.title")}>
        <thead>
          <tr className="alarm-row alarm-head">
            {(
              [
                "severity",
                "device",
                "condition",
                "since",
                "margin",
                "state",
                "assignee",
                "order",
              ] as const
            ).map((name) => (
              <th key={name} scope="col" className={`alarm-${name}`}>
                {t(`alarms.col_${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        {props.groups.map((group) => (
          <tbody key={group.name}>
            {group.name !== "" && (
              <tr className="alarm-group">
                <th scope="colgroup" colSpan={8}>
                  {groupTitle(group, t)} <span className="muted">{group.rows.length}</span>
                </th>
              </tr>
            )}
            {group.rows.map((alert) => (
              <AlarmRow
                key={alert.trace_id}
                alert={alert}
                order={props.orderOf.get(alert.trace_id) ?? null}
                chosen={alert.trace_id === chosen}
              />
            ))}
          </tbody>
        ))}
      </table>
      {shelving !== null && <ShelveDialog alert={shelving} onClose={() => setShelving(null)} />}
    </div>
  );
}

function groupTitle(group: AlarmGroup, t: Translate): string {
  const [first] = group.rows;
  const incident = first !== undefined && first.incident_id === group.name;
  return incident ? t("alarms.incident", { device: first.device_id }) : group.name;
}

function useAlarmKeys(
  rows: readonly Alert[],
  at: number,
  setAt: (at: number) => void,
  shelve: (alert: Alert) => void,
): void {
  const navigate = useNavigate();
  const write = useWrite();
  const may = useMay();
  const t = useText();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (target?.closest("input, textarea, [role=dialog], .ant-select") != null) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const alert = rows[at];
      if (event.key === "j") setAt(Math.min(at + 1, rows.length - 1));
      else if (event.key === "k") setAt(Math.max(at - 1, 0));
      else if (alert === undefined) return;
      else if (event.key === "Enter" && target?.closest("a, button") == null) {
        void navigate(`/alarms/${alert.trace_id}`);
      } else if (event.key === "a" && may("operator") && !alert.acknowledged) {
        void write(
          () => change.alert(alert.trace_id, "acknowledge"),
          t("alarm.acknowledged_done", { device: alert.device_id }),
        );
      } else if (event.key === "s" && may("operator")) shelve(alert);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

function AlarmRow(props: { alert: Alert; order: WorkOrder | null; chosen: boolean }) {
  const { alert, order, chosen } = props;
  const word = useWord();
  const t = useText();
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <tr
      ref={row}
      aria-current={chosen}
      className={`alarm-row${chosen ? " alarm-chosen" : ""}${alert.state === "NORMAL" ? " alarm-past" : ""}`}
    >
      <td className="alarm-severity">
        <SeverityMark severity={alert.severity} hollow={alert.acknowledged} />
      </td>
      <td className="alarm-device cut">
        <Link to={`/alarms/${alert.trace_id}`}>
          <b>{alert.device_id}</b>
        </Link>
      </td>
      <td className="alarm-condition cut">
        {word("condition", alert.condition)}
        {alert.occurrences > 1 && <span className="muted"> ×{alert.occurrences}</span>}
      </td>
      <td className="alarm-since">
        <Running from={alert.opened_at} to={alert.cleared_at} />
      </td>
      <td className="alarm-margin" title={t("margin.unit")}>
        <div className="margin-cell">
          <MarginBar margin={alert.margin} />
          <span className="small">{alert.margin === null ? "–" : formatPercent(alert.margin)}</span>
        </div>
      </td>
      <td className="alarm-state">
        <AlarmStateTag alert={alert} />
      </td>
      <td className="alarm-assignee cut">{alert.assignee ?? <span className="muted">–</span>}</td>
      <td className="alarm-order cut">
        {order === null ? (
          <span className="muted">–</span>
        ) : (
          <Link to={`/orders/${order.order_no}`}>{order.order_no}</Link>
        )}
      </td>
    </tr>
  );
}
