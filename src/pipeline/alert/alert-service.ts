import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { EpochMs, TraceId } from "../../model/basics.ts";
import type { AlertRow, HistoryRow } from "../../model/records.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { createAlertActions } from "./alert-actions.ts";
import { runAlertSweep } from "./alert-sweep.ts";
import { type AlertOutput, applyTransitions } from "./apply-transitions.ts";
import type { NotificationOutbox } from "./notification-outbox.ts";
import type { NotificationPlan } from "./notification-plan.ts";

export type { AlertOutput } from "./apply-transitions.ts";

/** Who acts and why. */
export interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

export interface AlertServiceDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly notify: NotificationPlan;
  readonly outbox: Pick<NotificationOutbox, "stage" | "wake">;
  readonly config: {
    /** Alarms of one device in a minute beyond this number are grouped under the first of them. */
    readonly diagnosedPerMinute: number;
  };
  /** Called after the commit of each change, with the kind of transition or the action that caused it. */
  readonly onChange: (alert: AlertRow, change: string) => void;
}

/** What people do about an alarm: each with actor and reason in its history. */
export interface AlertActions {
  /** STATE_REFUSED when it is acknowledged already. */
  acknowledge(traceId: TraceId, by: By): Promise<AlertRow>;
  /** At most 8 h; a P0 at most 1 h and by an engineer. Hides it from lists and notifications, nothing else. */
  shelve(
    traceId: TraceId,
    options: {
      readonly principal: Principal;
      readonly until: EpochMs;
      readonly reason: string | null;
    },
  ): Promise<AlertRow>;
  unshelve(traceId: TraceId, by: By): Promise<AlertRow>;
  /** Hides it until it is put back into service; an engineer's decision. */
  setOutOfService(
    traceId: TraceId,
    options: By & { readonly outOfService: boolean },
  ): Promise<AlertRow>;
  /** Ends its diagnosis, never the alarm; refused while P0 or P1 is active. Needs a reason. */
  ignore(traceId: TraceId, by: By): Promise<AlertRow>;
  assign(traceId: TraceId, options: By & { readonly assignee: string | null }): Promise<AlertRow>;
  comment(traceId: TraceId, options: By & { readonly text: string }): Promise<AlertRow>;
  /** Asks for a new revision of the report. */
  requestDiagnosis(traceId: TraceId, by: By): Promise<AlertRow>;
}

/**
 * The plant's alarms as records.
 * - `apply` is idempotent: a transition that comes again changes nothing, notifies nobody.
 * - The machine's side comes from the log alone; people's decisions go there as control events, so that both
 *   sides agree after a restart. Until they come back the row shows what the table says.
 * - What the life cycle does not allow throws STATE_REFUSED and changes nothing.
 */
export interface AlertService extends AlertActions {
  apply(output: AlertOutput): Promise<void>;
  get(traceId: TraceId): Promise<AlertRow>;
  /** Every transition and action, oldest first. */
  history(traceId: TraceId): Promise<readonly HistoryRow[]>;
  /** Ends shelvings and repeats unacknowledged P0 until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Transitions of one transaction: a storm is written in a few, none of them long. */
const applyLimit = 200;

export function createAlertService(deps: AlertServiceDeps): AlertService {
  const { records, outbox, onChange } = deps;
  return {
    ...createAlertActions(deps),
    apply: async ({ transitions }) => {
      for (let from = 0; from < transitions.length; from += applyLimit) {
        const part = transitions.slice(from, from + applyLimit);
        const applied = await applyTransitions(deps, { transitions: part });
        const listened = deps.notify.listeners.length > 0 && applied.length > 0;
        if (listened || applied.some(({ transition }) => transition.notify)) outbox.wake();
        for (const { alert, transition } of applied) onChange(alert, transition.kind);
      }
    },
    get: async (traceId) => {
      const row = await records.read((tx) => tx.find("alert_log", { traceId }));
      if (row === null)
        throw new IaiError("NOT_FOUND", `Cannot read alarm "${traceId}": no such alarm`);
      return row;
    },
    history: (traceId) =>
      records.read((tx) =>
        tx.list("history", {
          where: { subject: "alert", subjectId: traceId },
          orderBy: [
            ["at", "asc"],
            ["historyId", "asc"],
          ],
        }),
      ),
    run: (signal) => runAlertSweep(deps, signal),
  };
}
