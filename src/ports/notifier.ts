import type { AlarmSnapshot, AlarmTransitionKind } from "../model/alarm.ts";
import type { EpochMs } from "../model/basics.ts";

/** What leaves when somebody must be told. */
export interface Notification {
  /** The same at each attempt: receivers recognise a repeat by it. */
  readonly notificationId: string;
  readonly kind: AlarmTransitionKind | "report" | "order" | "test";
  readonly at: EpochMs;
  readonly deviceName: string;
  readonly factoryId: string;
  readonly lineId: string;
  readonly alarm: AlarmSnapshot;
  /** Ready-made sentence in the plant's language. */
  readonly title: string;
  readonly text: string;
  /** Page of the alarm in the console; null: no public address is configured. */
  readonly link: string | null;
}

/**
 * Tells people or machines.
 * - Resolves when the receiver has taken the message; throws NOTIFY_UNREACHABLE (try again) or NOTIFY_REFUSED (final).
 * - May deliver twice after a crash, always with the same `notificationId`.
 * - Never takes longer than its own time-out and never follows a redirect.
 */
export interface Notifier {
  readonly name: string;
  deliver(notification: Notification, signal: AbortSignal): Promise<{ readonly receipt: string }>;
  close(): Promise<void>;
}
