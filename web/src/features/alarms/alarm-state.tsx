import type { Alert } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { formatTime } from "../../ui/number.ts";

/** Both sides of an alarm's state, and why it is hidden where it is. */
export function AlarmStateTag(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const loud = !alert.acknowledged && alert.active;
  return (
    <span className="row small">
      <span className={loud ? "tag tag-loud" : "tag"}>{t(`alarm_state.${alert.state}`)}</span>
      {alert.unconfirmed && <span className="tag tag-warn">{t("alarm_state.unconfirmed")}</span>}
      {alert.shelved && alert.shelved_until !== null && (
        <span className="tag">
          {t("alarm_state.shelved_until", {
            time: formatTime(Date.parse(alert.shelved_until)).slice(0, 5),
          })}
        </span>
      )}
      {alert.suppressed && <span className="tag">{t("alarm_state.suppressed")}</span>}
      {alert.out_of_service && <span className="tag">{t("alarm_state.out_of_service")}</span>}
    </span>
  );
}
