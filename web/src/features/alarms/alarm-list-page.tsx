import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { severities } from "../../../../src/model/alarm.ts";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert, WorkOrder } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { type AlarmFilter, filterOf, groupsOf, holdPlaces, matches } from "./alarm-rows.ts";
import { AlarmTable } from "./alarm-table.tsx";
import "./alarms.css";

const openStates = "UNACK_ACTIVE,ACK_ACTIVE,UNACK_CLEARED";

/** One line per alarm; new ones wait behind a button, so that nothing moves under the hand. */
export function AlarmListPage() {
  const t = useText();
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const history = filter.state === "all";
  const wanted = history
    ? { limit: 500, device_id: filter.device }
    : { limit: 2000, state: openStates };
  const alerts = useQuery({ queryKey: keys.alerts(wanted), queryFn: () => read.alerts(wanted) });
  const orderFilter = { limit: 500 };
  const orders = useQuery({
    queryKey: keys.orders(orderFilter),
    queryFn: () => read.orders(orderFilter),
  });
  const set = (name: string, value: string | null): void => {
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value === null) next.delete(name);
      else next.set(name, value);
      return next;
    });
  };
  return (
    <>
      <PageHead title={t("alarms.title")}>
        <Filters filter={filter} set={set} />
      </PageHead>
      <QueryView query={alerts} rows={8}>
        {(page) => (
          <Rows
            key={params.toString()}
            alerts={page.items.filter((alert) => matches(alert, filter))}
            orders={orders.data?.items ?? []}
            filter={filter}
          />
        )}
      </QueryView>
      <p className="muted small no-print">{t("alarms.keys")}</p>
    </>
  );
}

function Rows(props: {
  alerts: readonly Alert[];
  orders: readonly WorkOrder[];
  filter: AlarmFilter;
}) {
  const t = useText();
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const { rows, waiting } = holdPlaces(props.alerts, held);
  // What is shown first is held from then on.
  if (held === null && rows.length > 0) setHeld(rows.map((row) => row.trace_id));
  const groups = useMemo(() => groupsOf(rows, props.filter.group), [rows, props.filter.group]);
  const orderOf = useMemo(() => {
    const found = new Map<string, WorkOrder>();
    for (const order of props.orders) {
      for (const trace of order.linked_trace_ids) found.set(trace, order);
      if (order.trace_id !== null) found.set(order.trace_id, order);
    }
    return found;
  }, [props.orders]);
  return (
    <>
      {waiting > 0 && (
        <Button className="waiting" onClick={() => setHeld(null)}>
          {t("alarms.new", { count: waiting })}
        </Button>
      )}
      {rows.length === 0 && waiting === 0 ? (
        <Empty title={t("alarms.empty")}>
          <p className="muted">{t("alarms.empty_more")}</p>
        </Empty>
      ) : (
        <AlarmTable groups={groups} orderOf={orderOf} />
      )}
    </>
  );
}

function Filters(props: {
  filter: AlarmFilter;
  set: (name: string, value: string | null) => void;
}) {
  const t = useText();
  const { filter, set } = props;
  const states = ["open", "unacknowledged", "hidden", "all"] as const;
  const groups = ["line", "incident", "device", "none"] as const;
  return (
    <>
      <Select
        aria-label={t("alarms.filter_state")}
        value={filter.state}
        onChange={(value) => set("state", value === "open" ? null : value)}
        options={states.map((value) => ({ value, label: t(`alarms.state_${value}`) }))}
        popupMatchSelectWidth={false}
      />
      <Select
        aria-label={t("alarms.filter_severity")}
        value={filter.severity ?? ""}
        onChange={(value) => set("severity", value === "" ? null : value)}
        options={[
          { value: "", label: t("alarms.any_severity") },
          ...severities.map((value) => ({ value, label: value })),
        ]}
      />
      <Select
        aria-label={t("alarms.filter_group")}
        value={filter.group}
        onChange={(value) => set("group", value === "line" ? null : value)}
        options={groups.map((value) => ({ value, label: t(`alarms.group_${value}`) }))}
        popupMatchSelectWidth={false}
      />
      {(filter.device !== null || filter.line !== null) && (
        <Button size="small" onClick={() => set(filter.device === null ? "line" : "device", null)}>
          {filter.device ?? filter.line} ✕
        </Button>
      )}
    </>
  );
}
