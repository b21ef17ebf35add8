import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { workOrderTransitions } from "../../../../src/model/work-order.ts";
import { change } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";

/** Buttons from the life-cycle table: what the table refuses is not there. */
export function OrderActions(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const may = useMay();
  const run = useOrderMove(order);
  const [asking, setAsking] = useState<"hold" | "cancel" | null>(null);
  const can = workOrderTransitions[order.status];
  const no = { order: order.order_no };
  if (!may("operator")) return <p className="muted small no-print">{t("order.who_can")}</p>;
  return (
    <div className="row no-print order-actions">
      {can.approve !== null && (
        <Button
          type="primary"
          size="large"
          onClick={() => void run("approve", t("order.approved", no))}
        >
          {t("order.approve_what", no)}
        </Button>
      )}
      {can.start !== null && (
        <Button type="primary" size="large" onClick={() => void run("start")}>
          {t("order.start")}
        </Button>
      )}
      {can.hold !== null && (
        <Button size="large" onClick={() => setAsking("hold")}>
          {t("order.hold")}
        </Button>
      )}
      {can.cancel !== null && (
        <Button size="large" onClick={() => setAsking("cancel")}>
          {t(order.status === "PROPOSED" ? "order.reject" : "order.cancel")}
        </Button>
      )}
      <Button size="large" onClick={() => print()}>
        {t("action.print")}
      </Button>
      {asking !== null && (
        <Ask
          open
          title={t(asking === "hold" ? "order.hold_title" : "order.cancel_title", no)}
          ok={t(asking === "hold" ? "order.hold_ok" : "order.cancel_ok")}
          needsReason
          danger={asking === "cancel"}
          onClose={() => setAsking(null)}
          onOk={(reason) => run(asking, undefined, { reason })}
        />
      )}
    </div>
  );
}

type Move = "approve" | "start" | "hold" | "cancel" | "complete";

/** Moves an order and shows its new state at once. */
export function useOrderMove(order: WorkOrder) {
  const write = useWrite();
  const client = useQueryClient();
  return (move: Move, done?: string, body: object = {}): Promise<boolean> =>
    write(async () => {
      const moved = await change.order(order.order_no, move, body);
      client.setQueryData(keys.order(order.order_no), moved);
      for (const name of ["orders", "order-history", "summary"]) {
        void client.invalidateQueries({ queryKey: [name] });
      }
    }, done);
}
