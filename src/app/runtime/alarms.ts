import type { Log } from "../../kernel/log.ts";
import { type AlertService, createAlertService } from "../../pipeline/alert/alert-service.ts";
import {
  createNotificationOutbox,
  type NotificationOutbox,
} from "../../pipeline/alert/notification-outbox.ts";
import { createNotificationPlan } from "../../pipeline/alert/notification-plan.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { Config } from "../config/schema.ts";
import { type Audience, placeOf } from "./audience.ts";
import type { Foundation } from "./foundation.ts";

export interface AlarmDeps extends Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly control: ControlJournal;
  readonly audience: Audience;
}

export interface Alarms {
  readonly alerts: AlertService;
  readonly outbox: NotificationOutbox;
}

/** The alarm service with the notifications it stages. */
export function openAlarms(deps: AlarmDeps): Alarms {
  const { records, control, clock, ids, log, notifiers, listeners, config, audience } = deps;
  const outbox = createNotificationOutbox({
    records,
    notifiers,
    clock,
    log,
    config: config.notify,
  });
  const notify = createNotificationPlan({
    targets: config.notify.targets,
    listeners,
    language: config.plant.language,
    consoleUrl: config.api.publicUrl,
    repeatP0Ms: config.notify.repeatP0Ms,
    escalateMs: {
      p0Ms: config.notify.escalateP0Ms,
      p1Ms: config.notify.escalateP1Ms,
      orderMs: config.notify.escalateOrderMs,
    },
  });
  const onChange: Parameters<typeof createAlertService>[0]["onChange"] = (alert, change) =>
    audience.publish({ type: "alert", alert, change, ...placeOf(alert) });
  const alerts = createAlertService({
    records,
    control,
    clock,
    ids,
    log,
    notify,
    outbox,
    onChange,
    config: config.alert,
  });
  return { alerts, outbox };
}
