import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { formatDateTime } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { QueryView } from "../../ui/states.tsx";

/** Alarms and orders of one device, newest first. */
export function DeviceWork(props: { deviceId: string }) {
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  const filter = { device_id: props.deviceId, limit: 200 };
  const alerts = useQuery({ queryKey: keys.alerts(filter), queryFn: () => read.alerts(filter) });
  const orderFilter = { device_id: props.deviceId, limit: 50 };
  const orders = useQuery({
    queryKey: keys.orders(orderFilter),
    queryFn: () => read.orders(orderFilter),
  });
  return (
    <>
      <Panel
        title={t("device.alarms")}
        extra={
          <Link to={`/alarms?state=all&device=${encodeURIComponent(props.deviceId)}`}>
            {t("story.all_alarms")}
          </Link>
        }
      >
        <QueryView query={alerts} rows={2}>
          {(page) =>
            page.items.length === 0 ? (
              <p className="muted">{t("device.no_alarms")}</p>
            ) : (
              <ul className="work-list">
                {page.items.slice(0, 6).map((alert) => (
                  <li key={alert.trace_id}>
                    <SeverityMark severity={alert.severity} hollow={alert.acknowledged} bare />
                    <Link to={`/alarms/${alert.trace_id}`} className="cut">
                      {word("condition", alert.condition)}
                    </Link>

                    <span className="muted small">
                      {formatDateTime(Date.parse(alert.opened_at)).slice(5, 16)} ·{" "}
                      {t(`alarm_state.${alert.state}`)}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </QueryView>
      </Panel>
      <Panel title={t("device.orders")}>
        <QueryView query={orders} rows={2}>
          {(page) =>
            page.items.length === 0 ? (
              <p className="muted">{t("device.no_orders")}</p>
            ) : (
              <ul className="work-list">
                {page.items.slice(0, 5).map((order) => (
                  <li key={order.order_no}>
                    <SeverityMark severity={order.priority} bare />
                    <Link to={`/orders/${order.order_no}`} className="cut" title={order.order_no}>
                      {order.i18n[language].title}
                    </Link>

                    <span className="muted small">
                      {formatDateTime(Date.parse(order.created_at)).slice(5, 16)} ·{" "}
                      {t(`order_status.${order.status}`)}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </QueryView>
      </Panel>
    </>
  );
}
