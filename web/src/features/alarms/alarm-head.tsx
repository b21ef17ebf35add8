import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { change } from "../../api/endpoints.ts";
import type { Alert } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Running } from "../../ui/age.tsx";
import { useWrite } from "../../ui/ask.tsx";
import { AskButton } from "../../ui/ask-iai/ask-button.tsx";
import { formatDateTime, formatSpan } from "../../ui/number.ts";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { AssignDialog, IgnoreDialog, ShelveDialog } from "./alarm-dialogs.tsx";
import { AlarmStateTag } from "./alarm-state.tsx";

/** What, where, since when, who: and what can be done about it now. */
export function AlarmHead(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const word = useWord();
  return (
    <header
      className={`story-head story-${alert.severity.toLowerCase()}${alert.active ? "" : " story-cleared"}`}
    >
      <div className="grow">
        <h1>
          <SeverityMark severity={alert.severity} size={26} hollow={alert.acknowledged} />
          <Link to={`/devices/${alert.device_id}`}>{alert.device_id}</Link>
          <span>{word("condition", alert.condition)}</span>
        </h1>
        <p className="row">
          <span>
            {t(alert.active ? "alarm.active_for" : "alarm.was_active")}{" "}
            <b>
              <Running from={alert.opened_at} to={alert.cleared_at} />
            </b>
          </span>
          <AlarmStateTag alert={alert} />
          {alert.acknowledged_by !== null && (
            <span className="muted">
              {t("alarm.acknowledged_by", { name: alert.acknowledged_by })}
            </span>
          )}
          {alert.assignee !== null && (
            <span className="muted">{t("alarm.assigned_to", { name: alert.assignee })}</span>
          )}
        </p>
        <Circumstances alert={alert} />
      </div>
      <Actions alert={alert} />
    </header>
  );
}

function Circumstances(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  const before = Date.parse(alert.opened_at) - Date.parse(alert.first_seen_at);
  const parts = [t("alarm.since", { time: formatDateTime(Date.parse(alert.opened_at)) })];
  if (before > 0) parts.push(t("alarm.seen_before", { span: formatSpan(before, language) }));
  if (alert.occurrences > 1) parts.push(t("alarm.repeated", { count: alert.occurrences }));
  if (alert.peak_severity !== alert.severity)
    parts.push(t("alarm.peak", { severity: alert.peak_severity }));
  parts.push(
    t("alarm.conditions", {
      list: alert.conditions.map((each) => word("condition", each.condition)).join(", "),
    }),
  );
  return <p className="muted">{parts.join(" · ")}</p>;
}

function Actions(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const write = useWrite();
  const may = useMay();
  const [dialog, setDialog] = useState<"shelve" | "assign" | "ignore" | null>(null);
  const act = (action: "acknowledge" | "unshelve" | "diagnose", done: string) => () =>
    void write(() => change.alert(alert.trace_id, action), done);
  const shelvable = may(alert.severity === "P0" ? "engineer" : "operator");
  const urgent = alert.active && (alert.severity === "P0" || alert.severity === "P1");
  const close = (): void => setDialog(null);
  return (
    <div className="row no-print story-actions">
      {!may("operator") && <span className="muted small">{t("alarm.who_can")}</span>}
      {may("operator") && (
        <>
          {!alert.acknowledged && (
            <Button
              type="primary"
              onClick={act(
                "acknowledge",
                t("alarm.acknowledged_done", { device: alert.device_id }),
              )}
            >
              {t("alarm.acknowledge")}
            </Button>
          )}
          {alert.shelved ? (
            <Button onClick={act("unshelve", t("alarm.unshelve_done"))}>
              {t("alarm.unshelve")}
            </Button>
          ) : (
            shelvable &&
            alert.state !== "NORMAL" && (
              <Button onClick={() => setDialog("shelve")}>{t("alarm.shelve")}</Button>
            )
          )}
          <Button onClick={() => setDialog("assign")}>{t("alarm.assign")}</Button>
          {(alert.status === "PENDING" || alert.status === "DIAGNOSING") && !urgent && (
            <Button onClick={() => setDialog("ignore")}>{t("alarm.ignore")}</Button>
          )}
          {alert.status === "COMPLETED" && (
            <Button onClick={act("diagnose", t("alarm.diagnose_done"))}>
              {t("alarm.diagnose")}
            </Button>
          )}
        </>
      )}
      <AskButton
        subject={{ trace_id: alert.trace_id }}
        name={`${alert.device_id} · ${alert.severity}`}
      />
      <Button onClick={() => print()}>{t("action.print")}</Button>
      {dialog === "shelve" && <ShelveDialog alert={alert} onClose={close} />}
      {dialog === "assign" && <AssignDialog alert={alert} onClose={close} />}
      {dialog === "ignore" && <IgnoreDialog alert={alert} onClose={close} />}
    </div>
  );
}
