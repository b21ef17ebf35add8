import type { AlarmSnapshot, AlarmTransitionKind, Severity } from "../../model/alarm.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { Notification } from "../../ports/notifier.ts";
import { composeText, composeTitle, type Language } from "./notification-texts.ts";

export interface NotificationPlanOptions {
  /** Which severities each target is told of. */
  readonly targets: readonly {
    readonly name: string;
    readonly severities: readonly Severity[];
    /** Told only of what nobody has answered in time. */
    readonly escalation?: boolean;
  }[];
  /** Machines that hear every transition of every alarm, also what is hidden from people. */
  readonly listeners?: readonly string[];
  readonly language: Language;
  /** Address of the console as people reach it; null: messages carry no link. */
  readonly consoleUrl: string | null;
  /** An unacknowledged P0 is told again after this time. */
  readonly repeatP0Ms: Ms;
  /** How long an alarm may stay without acknowledgement, an order without approval. */
  readonly escalateMs: { readonly p0Ms: Ms; readonly p1Ms: Ms; readonly orderMs: Ms };
}

/** What happened to whom; `device` null: it is not registered (any more). */
export interface Occasion {
  readonly notificationId: string;
  readonly kind: AlarmTransitionKind;
  readonly at: EpochMs;
  readonly alarm: AlarmSnapshot;
  readonly device: Pick<Device, "deviceName" | "factoryId" | "lineId" | "metrics"> | null;
  /** Told before and still unacknowledged. */
  readonly repeated: boolean;
  /** Order that nobody has approved in time; absent or null: the news is the alarm itself. */
  readonly waitingOrder?: string | null;
}

/** Who is told of which severity, and in which words. P3 waits for the next round: nobody is told by default. */
export interface NotificationPlan {
  readonly repeatP0Ms: Ms;
  readonly listeners: readonly string[];
  readonly escalation: NotificationPlanOptions["escalateMs"] & {
    readonly targets: readonly string[];
  };
  targetsFor(severity: Severity): readonly string[];
  compose(occasion: Occasion): Notification;
}

export function createNotificationPlan(options: NotificationPlanOptions): NotificationPlan {
  const { targets, language, consoleUrl } = options;
  return {
    repeatP0Ms: options.repeatP0Ms,
    listeners: options.listeners ?? [],
    escalation: {
      ...options.escalateMs,
      targets: targets.filter(({ escalation }) => escalation === true).map(({ name }) => name),
    },
    targetsFor: (severity) =>
      targets
        .filter(
          ({ severities, escalation }) => escalation !== true && severities.includes(severity),
        )
        .map(({ name }) => name),
    compose: (occasion) => ({
      notificationId: occasion.notificationId,
      kind: occasion.kind,
      at: occasion.at,
      deviceName: occasion.device?.deviceName ?? occasion.alarm.deviceId,
      factoryId: occasion.device?.factoryId ?? "",
      lineId: occasion.device?.lineId ?? "",
      alarm: occasion.alarm,
      title: composeTitle(occasion, language),
      text: composeText(occasion, language),
      link: consoleUrl === null ? null : linkTo(consoleUrl, occasion.alarm.traceId),
    }),
  };
}

function linkTo(consoleUrl: string, traceId: string): string {
  return `${consoleUrl.replace(/\/+$/, "")}/alarms/${traceId}`;
}
