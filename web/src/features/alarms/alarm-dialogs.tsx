import { Input, Radio } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { Alert } from "../../api/types.ts";
import { useSession } from "../../app/session.ts";
import { useLanguage, useText } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { formatSpan } from "../../ui/number.ts";

const HOUR = 3_600_000;
const spans = [15 * 60_000, HOUR, 4 * HOUR, 8 * HOUR];

/** Hides an alarm for a time; P0 for at most an hour and by an engineer only. */
export function ShelveDialog(props: { alert: Alert; onClose: () => void }) {
  const { alert, onClose } = props;
  const t = useText();
  const language = useLanguage();
  const write = useWrite();
  const offered = alert.severity === "P0" ? spans.filter((span) => span <= HOUR) : spans;
  const [span, setSpan] = useState(HOUR);
  return (
    <Ask
      open
      title={t("alarm.shelve_title", { severity: alert.severity, device: alert.device_id })}
      ok={t("alarm.shelve_ok", { span: formatSpan(span, language) })}
      needsReason
      onClose={onClose}
      onOk={(reason) =>
        write(
          () => change.alert(alert.trace_id, "shelve", { duration_ms: span, reason }),
          t("alarm.shelve_done"),
        )
      }
    >
      <p className="muted">
        {t(alert.severity === "P0" ? "alarm.shelve_note_p0" : "alarm.shelve_note")}
      </p>
      <Radio.Group
        value={span}
        onChange={(event) => setSpan(Number(event.target.value))}
        options={offered.map((value) => ({ value, label: formatSpan(value, language) }))}
        optionType="button"
      />
    </Ask>
  );
}

export function AssignDialog(props: { alert: Alert; onClose: () => void }) {
  const { alert, onClose } = props;
  const t = useText();
  const write = useWrite();
  const { user } = useSession();
  const [assignee, setAssignee] = useState(alert.assignee ?? user?.name ?? "");
  const name = assignee.trim();
  return (
    <Ask
      open
      title={t("alarm.assign_title", { device: alert.device_id })}
      ok={name === "" ? t("alarm.assign_nobody") : t("alarm.assign_ok", { name })}
      needsReason={false}
      onClose={onClose}
      onOk={(reason) =>
        write(() =>
          change.alert(alert.trace_id, "assign", {
            assignee: name === "" ? null : name,
            ...(reason === "" ? {} : { reason }),
          }),
        )
      }
    >
      <Field label={t("alarm.assign_to")}>
        {(id) => (
          <Input id={id} value={assignee} onChange={(event) => setAssignee(event.target.value)} />
        )}
      </Field>
    </Ask>
  );
}

/** Ends the diagnosis, never the alarm. */
export function IgnoreDialog(props: { alert: Alert; onClose: () => void }) {
  const { alert, onClose } = props;
  const t = useText();
  const write = useWrite();
  return (
    <Ask
      open
      title={t("alarm.ignore_title", { device: alert.device_id })}
      ok={t("alarm.ignore_ok")}
      needsReason
      danger
      onClose={onClose}
      onOk={(reason) => write(() => change.alert(alert.trace_id, "ignore", { reason }))}
    >
      <p className="muted">{t("alarm.ignore_note")}</p>
    </Ask>
  );
}
