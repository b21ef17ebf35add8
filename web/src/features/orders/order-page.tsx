import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox } from "antd";
import { Link, useParams } from "react-router";
import { isOpenOrder } from "../../../../src/model/work-order.ts";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useBilingual, useLanguage, useText, useWord } from "../../i18n/text.ts";
import { AddComment } from "../../ui/add-comment.tsx";
import { useWrite } from "../../ui/ask.tsx";
import { HistoryList } from "../../ui/history-list.tsx";
import { formatDateTime } from "../../ui/number.ts";
import { Facts, Panel } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { QueryView } from "../../ui/states.tsx";
import { CloseOut } from "./close-out.tsx";
import { Materials } from "./materials.tsx";
import { OrderActions } from "./order-actions.tsx";
import { VerdictPanel } from "./verdict-panel.tsx";
import "./orders.css";

/** One order on a phone with gloves: what, where, safety, steps, parts, close-out. */
export function OrderPage() {
  const { orderNo = "" } = useParams();
  const order = useQuery({ queryKey: keys.order(orderNo), queryFn: () => read.order(orderNo) });
  return <QueryView query={order}>{(data) => <Told key={data.order_no} order={data} />}</QueryView>;
}

function Told(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const language = useLanguage();
  const may = useMay();
  const texts = order.i18n[language];
  return (
    <article className="order">
      <header className="order-head">
        <p className="row">
          <SeverityMark severity={order.priority} size={22} />
          <span className="mono">{order.order_no}</span>
          <span className="tag">{t(`order_status.${order.status}`)}</span>
          <span className="muted">{t(`order_type.${order.order_type}`)}</span>
        </p>
        <h1>{texts.title}</h1>
        <OrderActions order={order} />
      </header>
      {isOpenOrder(order.status) && <p className="safety">{t("order.safety")}</p>}
      <div className="order-grid">
        <div className="column">
          <Panel title={t("order.what")}>
            <p>{withoutMarks(texts.description)}</p>
          </Panel>
          <Steps order={order} />
          <Materials order={order} />
        </div>
        <div className="column">
          {isOpenOrder(order.status) && order.status !== "PROPOSED" && may("operator") && (
            <CloseOut order={order} />
          )}
          {order.verdict !== null && <VerdictPanel order={order} verdict={order.verdict} />}
          <Where order={order} />
          <OrderHistory orderNo={order.order_no} />
        </div>
      </div>
    </article>
  );
}

/** The evidence stands beside the alarm; here its numbers would point nowhere. */
function withoutMarks(text: string): string {
  return text.replaceAll(/\s*\[E\d{1,3}\]/g, "");
}

function Steps(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const pick = useBilingual();
  const write = useWrite();
  const may = useMay();
  const client = useQueryClient();
  const open = isOpenOrder(order.status) && may("operator");
  const toggle = (index: number, done: boolean): void => {
    const checklist = order.checklist.map((item, i) => (i === index ? { ...item, done } : item));
    client.setQueryData<WorkOrder>(keys.order(order.order_no), { ...order, checklist });
    void write(() => change.patchOrder(order.order_no, { checklist })).then((ok) => {
      if (!ok) client.setQueryData<WorkOrder>(keys.order(order.order_no), order);
    });
  };
  return (
    <Panel title={t("order.steps")}>
      {order.checklist.length === 0 && <p className="muted">{t("order.no_steps")}</p>}
      <ul className="steps">
        {order.checklist.map((item, i) => (
          <li key={item.text.en}>
            <Checkbox
              checked={item.done}
              disabled={!open}
              onChange={(event) => toggle(i, event.target.checked)}
            >
              <span className={item.done ? "struck" : ""}>{pick(item.text)}</span>
            </Checkbox>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Where(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const word = useWord();
  const device = useQuery({
    queryKey: keys.device(order.device_id),
    queryFn: () => read.device(order.device_id),
    retry: false,
  });
  return (
    <Panel title={t("order.where")}>
      <Facts
        rows={[
          [
            t("orders.col_device"),
            <Link key="d" to={`/devices/${order.device_id}`}>
              {order.device_id}
            </Link>,
          ],
          [t("device.name"), device.data?.device_name ?? "–"],
          [
            t("device.line"),
            device.data === undefined ? "–" : `${device.data.factory_id} / ${device.data.line_id}`,
          ],
          [t("device.location"), device.data?.location ?? "–"],
          [t("order.cause_assumed"), word("fault", order.fault_category)],
          [t("order.assigned"), order.assigned_to ?? "–"],
          [
            t("order.estimated"),
            order.estimated_hours === null ? "–" : `${String(order.estimated_hours)} h`,
          ],
          [
            t("order.actual"),
            order.actual_hours === null ? "–" : `${String(order.actual_hours)} h`,
          ],
          [
            t("order.alarm"),
            order.trace_id === null ? (
              "–"
            ) : (
              <Link key="a" to={`/alarms/${order.trace_id}`}>
                {order.trace_id}
              </Link>
            ),
          ],
        ]}
      />
      {order.linked_trace_ids.length > 0 && (
        <p className="muted small">{t("order.linked", { count: order.linked_trace_ids.length })}</p>
      )}
      <p className="muted small">
        {t("order.created_by", {
          name: order.created_by,
          time: formatDateTime(Date.parse(order.created_at)),
        })}
      </p>
    </Panel>
  );
}

function OrderHistory(props: { orderNo: string }) {
  const { orderNo } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const history = useQuery({
    queryKey: keys.orderHistory(orderNo),
    queryFn: () => read.orderHistory(orderNo),
    retry: false,
  });
  const comments = useQuery({
    queryKey: keys.orderComments(orderNo),
    queryFn: () => read.orderComments(orderNo),
    retry: false,
  });
  const send = (text: string): Promise<boolean> =>
    write(async () => {
      await change.order(orderNo, "comment", { text });
      await client.invalidateQueries({ queryKey: keys.orderComments(orderNo) });
      await client.invalidateQueries({ queryKey: keys.orderHistory(orderNo) });
    });
  return (
    <Panel title={t("history.title")}>
      <div className="column">
        <HistoryList entries={history.data?.items ?? []} comments={comments.data?.items ?? []} />
        {may("operator") && <AddComment onSend={send} />}
      </div>
    </Panel>
  );
}
