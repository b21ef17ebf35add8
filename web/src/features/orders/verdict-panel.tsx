import { Button } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Facts, Panel } from "../../ui/panel.tsx";

/** What was found; where the machine was changed, re-baselining is offered. */
export function VerdictPanel(props: {
  order: WorkOrder;
  verdict: NonNullable<WorkOrder["verdict"]>;
}) {
  const { order, verdict } = props;
  const t = useText();
  const word = useWord();
  const may = useMay();
  const write = useWrite();
  const [asking, setAsking] = useState(false);
  const device = { device: order.device_id };
  return (
    <Panel title={t("close.verdict")}>
      <div className="column">
        <Facts
          rows={[
            [t("close.alarm"), t(`close.alarm_${verdict.alarm}`)],
            [t("close.cause"), word("fault", verdict.cause)],
            [t("close.fix"), t(`close.fix_${verdict.fix}`)],
            [t("close.note").replace(/ ?[（(].*/, ""), verdict.note === "" ? "–" : verdict.note],
          ]}
        />
        {order.rebaseline_offered && (
          <>
            <p>{t("close.rebaseline")}</p>
            {may("engineer") && (
              <Button onClick={() => setAsking(true)}>{t("close.rebaseline_do", device)}</Button>
            )}
          </>
        )}
        <Ask
          open={asking}
          title={t("baseline.rebaseline_title", device)}
          ok={t("close.rebaseline_do", device)}
          needsReason
          onClose={() => setAsking(false)}
          onOk={(reason) =>
            write(() => change.rebaseline(order.device_id, reason), t("baseline.done"))
          }
        >
          <p className="muted">{t("baseline.rebaseline_note")}</p>
        </Ask>
      </div>
    </Panel>
  );
}
