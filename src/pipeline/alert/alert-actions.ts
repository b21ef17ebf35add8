import { asIaiError, IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import {
  alarmTransitions,
  compareSeverity,
  diagnosisTransitions,
  isActive,
} from "../../model/alarm.ts";
import type { EpochMs, TraceId } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { ControlDraft } from "../../ports/event-bus.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";
import { askDiagnosisAgain } from "./alert-row.ts";
import type { AlertActions, AlertServiceDeps, By } from "./alert-service.ts";
import { endShelving, isShelved, shelvingMaxMs, shelvingMaxP0Ms } from "./shelving.ts";

type StepAction = Extract<ControlDraft, { type: "alarm_action" }>["action"];

/** What an action makes of an alarm. */
interface Deed {
  readonly patch: Partial<AlertRow>;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly comment?: string;
  /** What the steps have to know of it. */
  readonly control?: { readonly action: StepAction; readonly until: EpochMs | null };
}

/** Answers what to do, or throws when the alarm does not allow it. */
type Decide = (row: AlertRow, now: EpochMs) => Deed;

export function createAlertActions(deps: AlertServiceDeps): AlertActions {
  const act = (action: string, traceId: TraceId, by: By, decide: Decide) =>
    perform(deps, { action, traceId, by, decide });

  return {
    acknowledge: (traceId, by) =>
      act("acknowledge", traceId, by, (row, now) => acknowledge(row, by.principal, now)),
    shelve: (traceId, { principal, until, reason }) => {
      const by = { principal, reason };
      return act("shelve", traceId, by, (row, now) => shelve(row, { by, until, now }));
    },
    unshelve: (traceId, by) => act("unshelve", traceId, by, unshelve),
    setOutOfService: (traceId, { outOfService, ...by }) =>
      act(outOfService ? "out_of_service" : "in_service", traceId, by, (row) =>
        setOutOfService(row, by.principal, outOfService),
      ),
    ignore: (traceId, by) => act("ignore", traceId, by, (row) => ignore(row, by)),
    assign: (traceId, { assignee, ...by }) =>
      act("assign", traceId, by, () => ({ patch: { assignee }, detail: { assignee } })),
    comment: (traceId, { text, ...by }) =>
      act("comment", traceId, by, () => ({ patch: {}, comment: text })),
    requestDiagnosis: (traceId, by) => act("diagnose", traceId, by, requestDiagnosis),
  };
}

interface Action {
  readonly action: string;
  readonly traceId: TraceId;
  readonly by: By;
  readonly decide: Decide;
}

/** Row, history and control event in one transaction; then the log, then whoever watches. */
async function perform(deps: AlertServiceDeps, { action, traceId, by, decide }: Action) {
  const { records, control, clock, log } = deps;
  const { row, staged } = await records.transaction(async (tx) => {
    const before = await tx.find("alert_log", { traceId });
    if (before === null) {
      throw new IaiError(
        "NOT_FOUND",
        `Cannot ${words(action)} "${traceId}": there is no such alarm`,
      );
    }
    const now = clock.now();
    const deed = decide(before, now);
    const patch = { ...deed.patch, updatedAt: now };
    await tx.update("alert_log", { traceId }, patch);
    await record(tx, deps, { action, traceId, by, deed, now });
    if (deed.control !== undefined) {
      const { deviceId } = before;
      await control.stage(tx, { type: "alarm_action", deviceId, traceId, ...deed.control });
    }
    return { row: { ...before, ...patch }, staged: deed.control !== undefined };
  });
  log.info(`alert.${action}`, { traceId, actor: by.principal.name });
  if (staged) await publish(deps);
  deps.onChange(row, action);
  return row;
}

async function record(
  tx: RecordTransaction,
  { ids }: AlertServiceDeps,
  done: Omit<Action, "decide"> & { readonly deed: Deed; readonly now: EpochMs },
): Promise<void> {
  const { action, traceId: subjectId, deed, now: at } = done;
  const { principal, reason } = done.by;
  const entry = { subject: "alert", subjectId, at, actor: principal.name } as const;
  const { comment: text, detail = {} } = deed;
  await tx.insert("history", { ...entry, historyId: ids.next(), action, reason, detail });
  if (text !== undefined) await tx.insert("comment", { ...entry, commentId: ids.next(), text });
}

/** The decision stands in the records; what the log does not take now goes with the next event. */
async function publish({ control, log }: AlertServiceDeps): Promise<void> {
  try {
    await control.flush();
  } catch (failure) {
    const { code, message } = asIaiError(failure, "publish an action on an alarm");
    log.warn("alert.action.delayed", { code, error: message });
  }
}

function acknowledge(row: AlertRow, principal: Principal, now: EpochMs): Deed {
  const alarmState = alarmTransitions[row.alarmState].acknowledge;
  if (alarmState === null) throw refused(row, "acknowledge", "it is acknowledged already");
  return {
    patch: {
      alarmState,
      snapshot: { ...row.snapshot, state: alarmState },
      acknowledgedBy: principal.name,
      acknowledgedAt: now,
    },
    detail: { from: row.alarmState, to: alarmState },
    control: { action: "acknowledge", until: null },
  };
}

function shelve(
  row: AlertRow,
  { by, until, now }: { readonly by: By; readonly until: EpochMs; readonly now: EpochMs },
): Deed {
  requireReason(row, "shelve", by.reason);
  if (row.alarmState === "NORMAL") throw refused(row, "shelve", "it is over");
  const isP0 = row.alertLevel === "P0";
  if (isP0) requireEngineer(row, "shelve", by.principal);
  const maxMs = isP0 ? shelvingMaxP0Ms : shelvingMaxMs;
  if (until <= now || until - now > maxMs) {
    const hours = maxMs / 3_600_000;
    throw new IaiError(
      "INVALID_REQUEST",
      `Cannot shelve alarm "${row.traceId}": "until" must lie within the next ${hours} h for ${row.alertLevel}; nothing was done`,
      { data: { field: "until", maxMs } },
    );
  }
  return {
    patch: { shelvedUntil: until, shelvedBy: by.principal.name, shelveReason: by.reason },
    detail: { until },
    control: { action: "shelve", until },
  };
}

function unshelve(row: AlertRow, now: EpochMs): Deed {
  if (!isShelved(row, now)) throw refused(row, "unshelve", "it is not shelved");
  return { patch: endShelving, control: { action: "unshelve", until: null } };
}

function setOutOfService(row: AlertRow, principal: Principal, outOfService: boolean): Deed {
  const action = outOfService ? "out_of_service" : "in_service";
  requireEngineer(row, action, principal);
  if (row.outOfService === outOfService) throw refused(row, action, "it is so already");
  return { patch: { outOfService }, control: { action, until: null } };
}

function ignore(row: AlertRow, by: By): Deed {
  requireReason(row, "ignore", by.reason);
  if (isActive(row.alarmState) && compareSeverity(row.alertLevel, "P1") <= 0) {
    throw refused(row, "ignore", `it is an active ${row.alertLevel}`);
  }
  const status = diagnosisTransitions[row.status].ignore;
  if (status === null) throw refused(row, "ignore", `its diagnosis is ${row.status}`);
  // A worker that is at it loses its claim: its late result is refused.
  const patch = { status, leaseToken: row.leaseToken + 1, leaseUntil: null };
  return { patch, detail: { from: row.status } };
}

function requestDiagnosis(row: AlertRow, now: EpochMs): Deed {
  if (row.status === "PENDING") return { patch: { nextAttemptAt: now } };
  if (diagnosisTransitions[row.status].revise === null) {
    throw refused(row, "diagnose", `its diagnosis is ${row.status}`);
  }
  return { patch: { ...askDiagnosisAgain(row, now), groupTraceId: null } };
}

function requireReason(row: AlertRow, action: string, reason: string | null): void {
  if (reason !== null && reason.trim() !== "") return;
  throw new IaiError(
    "REASON_REQUIRED",
    `Cannot ${words(action)} "${row.traceId}": say why in "reason"; nothing was done`,
  );
}

function requireEngineer(row: AlertRow, action: string, principal: Principal): void {
  if (principal.kind === "system") return;
  if (principal.role === "engineer" || principal.role === "admin") return;
  throw new IaiError(
    "FORBIDDEN",
    `Cannot ${words(action)} "${row.traceId}": for ${row.alertLevel} this takes an engineer; nothing was done`,
    { data: { roles: ["engineer", "admin"] } },
  );
}

function refused(row: AlertRow, action: string, why: string): IaiError {
  const message = `Cannot ${words(action)} "${row.traceId}": ${why}; nothing was done`;
  const { alarmState, status } = row;
  return new IaiError("STATE_REFUSED", message, { data: { alarmState, status } });
}

const words = (action: string): string => `${action.replaceAll("_", " ")} alarm`;
