import { useQuery } from "@tanstack/react-query";
import { Button, Radio } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useLanguage, useText } from "../../i18n/text.ts";
import { Age, Instant } from "../../ui/age.tsx";
import { PageHead } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { NewOrder } from "./new-order.tsx";
import { Statistics } from "./statistics.tsx";
import "./orders.css";

const views = ["board", "list", "statistics"] as const;
const filter = { limit: 500 };

/** Orders as a board for the shift, as a list for looking back, and what their verdicts say. */
export function OrdersPage() {
  const t = useText();
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const view = views.find((each) => each === params.get("view")) ?? "board";
  const orders = useQuery({ queryKey: keys.orders(filter), queryFn: () => read.orders(filter) });
  const [writing, setWriting] = useState(false);
  return (
    <>
      <PageHead title={t("orders.title")}>
        <Radio.Group
          optionType="button"
          value={view}
          aria-label={t("orders.title")}
          onChange={(event) =>
            setParams(event.target.value === "board" ? {} : { view: String(event.target.value) })
          }
          options={views.map((value) => ({ value, label: t(`orders.${value}`) }))}
        />
        {may("operator") && (
          <Button type="primary" onClick={() => setWriting(true)}>
            {t("orders.new")}
          </Button>
        )}
      </PageHead>
      {view === "statistics" ? (
        <Statistics />
      ) : (
        <QueryView query={orders} rows={6}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title={t("orders.empty")}>
                <p className="muted">{t("orders.empty_more")}</p>
              </Empty>
            ) : view === "board" ? (
              <Board orders={page.items} />
            ) : (
              <List orders={page.items} />
            )
          }
        </QueryView>
      )}
      {writing && <NewOrder onClose={() => setWriting(false)} />}
    </>
  );
}

const lanes = ["PROPOSED", "OPEN", "IN_PROGRESS", "ON_HOLD", "COMPLETED"] as const;

function Board(props: { orders: readonly WorkOrder[] }) {
  const t = useText();
  return (
    <div className="board">
      {lanes.map((status) => {
        const all = props.orders.filter((order) => order.status === status);
        const shown = status === "COMPLETED" ? all.slice(0, 8) : all;
        return (
          <section key={status} className="lane" aria-label={t(`order_status.${status}`)}>
            <h2>
              {status === "COMPLETED" ? t("orders.closed") : t(`order_status.${status}`)}{" "}
              <span className="muted">{all.length}</span>
            </h2>
            {shown.map((order) => (
              <Card key={order.order_no} order={order} />
            ))}
          </section>
        );
      })}
    </div>
  );
}

function Card(props: { order: WorkOrder }) {
  const { order } = props;
  const language = useLanguage();
  const t = useText();
  return (
    <Link to={`/orders/${order.order_no}`} className="card">
      <span className="row spread">
        <SeverityMark severity={order.priority} />
        <span className="muted small">{t(`order_type.${order.order_type}`)}</span>
      </span>
      <b>{order.i18n[language].title}</b>
      <span className="muted small">
        {order.order_no} · {order.device_id}
      </span>
      <span className="row spread small">
        <span>{order.assigned_to ?? "–"}</span>
        <Age at={order.completed_at ?? order.created_at} />
      </span>
    </Link>
  );
}

function List(props: { orders: readonly WorkOrder[] }) {
  const t = useText();
  const language = useLanguage();
  const columns = ["order", "what", "device", "status", "who", "age"] as const;
  return (
    <div className="panel panel-body table-scroll">
      <table className="plain-table">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {t(`orders.col_${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.orders.map((order) => (
            <tr key={order.order_no}>
              <td>
                <span className="row">
                  <SeverityMark severity={order.priority} bare />
                  <Link to={`/orders/${order.order_no}`}>{order.order_no}</Link>
                </span>
              </td>
              <td>{order.i18n[language].title}</td>
              <td>
                <Link to={`/devices/${order.device_id}`}>{order.device_id}</Link>
              </td>
              <td>{t(`order_status.${order.status}`)}</td>
              <td>{order.assigned_to ?? "–"}</td>
              <td>
                <Instant at={order.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
