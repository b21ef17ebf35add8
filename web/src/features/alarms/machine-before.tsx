import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert } from "../../api/types.ts";
import { now } from "../../app/clock.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { formatDateTime } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";

const MONTH = 30 * 86_400_000;

/** What this machine did in the last 30 days, and what was found then. */
export function MachineBefore(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const word = useWord();
  const filter = { device_id: alert.device_id, limit: 200 };
  const alerts = useQuery({ queryKey: keys.alerts(filter), queryFn: () => read.alerts(filter) });
  const orderFilter = { device_id: alert.device_id, limit: 50 };
  const orders = useQuery({
    queryKey: keys.orders(orderFilter),
    queryFn: () => read.orders(orderFilter),
  });
  const since = now() - MONTH;
  const before = (alerts.data?.items ?? []).filter(
    (each) => each.trace_id !== alert.trace_id && Date.parse(each.opened_at) > since,
  );
  const recent = (orders.data?.items ?? []).filter((each) => Date.parse(each.created_at) > since);
  const closed = (orders.data?.items ?? []).find((each) => each.verdict !== null);
  return (
    <Panel title={t("story.before")}>
      <div className="column">
        <p>{t("story.before_count", { alarms: before.length, orders: recent.length })}</p>
        {closed?.verdict != null && (
          <p>
            {t("story.last_cause")} <b>{word("fault", closed.verdict.cause)}</b>{" "}
            <Link to={`/orders/${closed.order_no}`}>{closed.order_no}</Link>
          </p>
        )}
        <ul className="small">
          {before.slice(0, 3).map((each) => (
            <li key={each.trace_id}>
              <Link to={`/alarms/${each.trace_id}`}>
                {each.peak_severity} {word("condition", each.condition)}
              </Link>{" "}
              <span className="muted">{formatDateTime(Date.parse(each.opened_at))}</span>
            </li>
          ))}
        </ul>
        <Link
          className="small"
          to={`/alarms?state=all&device=${encodeURIComponent(alert.device_id)}`}
        >
          {t("story.all_alarms")}
        </Link>
      </div>
    </Panel>
  );
}
