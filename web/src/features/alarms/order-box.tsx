import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { workOrderTransitions } from "../../../../src/model/work-order.ts";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert, WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useLanguage, useText } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";

/** The work order of this alarm: approve or reject it here. */
export function OrderBox(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const filter = { device_id: alert.device_id, limit: 50 };
  const orders = useQuery({ queryKey: keys.orders(filter), queryFn: () => read.orders(filter) });
  const order = orders.data?.items.find(
    (each) => each.trace_id === alert.trace_id || each.linked_trace_ids.includes(alert.trace_id),
  );
  return (
    <Panel title={t("story.order")}>
      {order === undefined ? (
        <p className="muted">{t(alert.severity === "P3" ? "order.none_p3" : "order.none")}</p>
      ) : (
        <Box order={order} />
      )}
    </Panel>
  );
}

function Box(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const language = useLanguage();
  const may = useMay();
  const write = useWrite();
  const [rejecting, setRejecting] = useState(false);
  const can = workOrderTransitions[order.status];
  return (
    <div className="column">
      <p className="row">
        <Link to={`/orders/${order.order_no}`}>
          <b>{order.order_no}</b>
        </Link>
        <span className="tag">{t(`order_status.${order.status}`)}</span>
        <SeverityMark severity={order.priority} />
      </p>
      <p>{order.i18n[language].title}</p>
      {can.approve !== null && may("operator") && (
        <div className="row no-print">
          <Button
            type="primary"
            title={t("order.approve_what", { order: order.order_no })}
            onClick={() =>
              void write(
                () => change.order(order.order_no, "approve"),
                t("order.approved", { order: order.order_no }),
              )
            }
          >
            {t("order.approve")}
          </Button>
          <Button onClick={() => setRejecting(true)}>{t("order.reject")}</Button>
        </div>
      )}
      {can.approve !== null && !may("operator") && (
        <p className="muted small">{t("order.who_can")}</p>
      )}
      {can.approve === null && can.complete !== null && (
        <Link to={`/orders/${order.order_no}`}>{t("order.to_close")}</Link>
      )}
      <Ask
        open={rejecting}
        title={t("order.reject_title", { order: order.order_no })}
        ok={t("order.reject_ok")}
        needsReason
        danger
        onClose={() => setRejecting(false)}
        onOk={(reason) => write(() => change.order(order.order_no, "cancel", { reason }))}
      />
    </div>
  );
}
