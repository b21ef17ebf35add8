import type { Clock } from "../../kernel/clock.ts";
import { crashPoint } from "../../kernel/crash-point.ts";
import { asIaiError, type IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import { createWakeUp } from "../../kernel/wake-up.ts";
import { MINUTE, type Ms, SECOND } from "../../model/basics.ts";
import type { OutboxRow } from "../../model/records.ts";
import type { Notification, Notifier } from "../../ports/notifier.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";

export interface DeliveryLaneDeps {
  readonly records: RecordStore;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly policy: RetryPolicy;
}

/** The way to one target. */
export interface DeliveryLane {
  run(signal: AbortSignal): Promise<void>;
  wake(): void;
}

/** Deliveries under way to one target. */
const concurrency = 16;
/** Rows looked at in one turn: those under way, and as many again. */
const window = 3 * concurrency;
/** Without a wake-up the lane looks after this time: another process may have staged something. */
const idleMs = MINUTE;
/** Pause while the records do not answer; their rows wait. */
const recordsRetryMs = SECOND;

interface Outcome {
  readonly row: OutboxRow;
  readonly error: IaiError | null;
}

/** One loop does all work on the records; deliveries run beside it and hand their outcome to its next turn. */
export function createDeliveryLane(deps: DeliveryLaneDeps): DeliveryLane {
  const { notifier, clock, log } = deps;
  const wakeUp = createWakeUp(clock);
  /** Alarms with a delivery under way: the next one of the same alarm waits for it. */
  const underWay = new Map<string, Promise<void>>();
  let outcomes: readonly Outcome[] = [];
  let isAway = false;
  /** Something may be due: staged, released, or its time has come. */
  let mayBeDue = true;
  /** The last look left due rows behind: their turn comes with the next outcome. */
  let heldBack = false;
  /** When the next row is due whose time has not come; null: the records must be asked. */
  let nextDueAt: Ms | null = null;

  const deliver = async (row: OutboxRow, signal: AbortSignal): Promise<void> => {
    let error: IaiError | null = null;
    try {
      crashPoint("G.before");
      await notifier.deliver(row.payload as unknown as Notification, signal);
    } catch (failure) {
      error = asIaiError(failure, `deliver to "${notifier.name}"`);
    }
    // A delivery that our own stop cut short was no attempt: it begins anew at the next start.
    if (error === null || !signal.aborted) outcomes = [...outcomes, { row, error }];
    wakeUp.wake();
  };

  const settle = async (): Promise<void> => {
    const settled = outcomes;
    if (settled.length === 0) return;
    const wasAway = isAway;
    const answered = settled.some(({ error }) => error === null);
    await journal(deps, settled, wasAway && answered);
    crashPoint("G.after");
    isAway = !answered && settled.some(({ error }) => error?.code === "NOTIFY_UNREACHABLE");
    outcomes = outcomes.slice(settled.length);
    for (const { row } of settled) underWay.delete(alarmOf(row));
    if (settled.some(({ error }) => error !== null)) nextDueAt = null;
    mayBeDue ||= heldBack || wasAway;
    for (const { row, error } of settled) if (error !== null) report(deps, row, error);
  };

  const start = async (signal: AbortSignal): Promise<void> => {
    mayBeDue = false;
    const rows = await listDue(deps);
    heldBack = rows.length === window;
    for (const row of rows) {
      const alarm = alarmOf(row);
      if (underWay.size >= concurrency || underWay.has(alarm)) heldBack = true;
      else underWay.set(alarm, deliver(row, signal));
    }
  };

  /** Does what there is to do; tells how long nothing else will be. */
  const turn = async (signal: AbortSignal): Promise<Ms> => {
    try {
      await settle();
      if (mayBeDue) await start(signal);
      if (underWay.size > 0) return idleMs;
      nextDueAt ??= clock.monotonic() + (await nextDueInMs(deps));
      return Math.max(1, nextDueAt - clock.monotonic());
    } catch (failure) {
      mayBeDue = true;
      log.warn("notify.records.retried", { target: notifier.name, error: String(failure) });
      return recordsRetryMs;
    }
  };

  return {
    wake: () => {
      mayBeDue = true;
      wakeUp.wake();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        const until = clock.monotonic() + (await turn(signal));
        await wakeUp.wait(until - clock.monotonic(), signal);
        if (clock.monotonic() < until) continue;
        mayBeDue = true;
        nextDueAt = null;
      }
      await Promise.all(underWay.values());
      await settle();
    },
  };
}

/** A notification without an alarm is its own story. */
const alarmOf = (row: OutboxRow): string => row.traceId ?? row.outboxId;

const waiting = (target: string) => ({ kind: "notification", state: "PENDING", target }) as const;

/** What may be tried now, oldest first; after a step of the clock no wait is longer than the policy's longest. */
function listDue({ records, notifier, clock, policy }: DeliveryLaneDeps) {
  const now = clock.now();
  return records.read((tx) =>
    tx.list("outbox", {
      where: waiting(notifier.name),
      any: [{ nextAttemptAt: { lte: now } }, { nextAttemptAt: { gt: now + policy.maxMs } }],
      orderBy: [
        ["createdAt", "asc"],
        ["outboxId", "asc"],
      ],
      limit: window,
    }),
  );
}

async function nextDueInMs({ records, notifier, clock }: DeliveryLaneDeps): Promise<number> {
  const [next] = await records.read((tx) =>
    tx.list("outbox", {
      where: waiting(notifier.name),
      orderBy: [["nextAttemptAt", "asc"]],
      limit: 1,
    }),
  );
  if (next === undefined) return idleMs;
  return Math.max(1, Math.min(idleMs, next.nextAttemptAt - clock.now()));
}

async function journal(
  deps: DeliveryLaneDeps,
  settled: readonly Outcome[],
  isBack: boolean,
): Promise<void> {
  const work = async (tx: RecordTransaction): Promise<void> => {
    await Promise.all(settled.map((outcome) => journalOutcome(tx, deps, outcome)));
    // The target is back: what waits for its next attempt need not wait any longer.
    if (isBack) await releaseWaiting(tx, deps.notifier.name, deps.clock.now());
  };
  await deps.records.transaction(work, { durability: "log" });
}

async function journalOutcome(
  tx: RecordTransaction,
  deps: DeliveryLaneDeps,
  { row, error }: Outcome,
): Promise<void> {
  const { policy, random, notifier, clock } = deps;
  const { outboxId, traceId } = row;
  const attempts = row.attempts + 1;
  const now = clock.now();
  if (error === null) {
    const patch = { state: "DELIVERED", attempts, deliveredAt: now, lastError: null } as const;
    await tx.update("outbox", { outboxId }, patch);
    return;
  }
  const lastError = error.message;
  if (isFinal(policy, row, error)) {
    await tx.update("outbox", { outboxId }, { state: "FAILED", attempts, lastError });
    return;
  }
  const nextAttemptAt = now + backoffMs(policy, attempts, random());
  await tx.update("outbox", { outboxId }, { attempts, lastError, nextAttemptAt });
  // Later messages of the same alarm wait with it, so that their order is kept.
  if (traceId === null) return;
  await tx.update("outbox", { ...waiting(notifier.name), traceId }, { nextAttemptAt });
}

async function releaseWaiting(tx: RecordTransaction, target: string, now: number): Promise<void> {
  await tx.update(
    "outbox",
    { ...waiting(target), nextAttemptAt: { gt: now } },
    { nextAttemptAt: now },
  );
}

function isFinal(policy: RetryPolicy, row: OutboxRow, error: IaiError): boolean {
  if (error.code === "NOTIFY_REFUSED") return true;
  return policy.attempts !== null && row.attempts + 1 >= policy.attempts;
}

function report(
  { notifier, policy, log }: DeliveryLaneDeps,
  row: OutboxRow,
  error: IaiError,
): void {
  const { traceId, attempts } = row;
  const facts = { target: notifier.name, traceId, attempts: attempts + 1, error: error.message };
  if (isFinal(policy, row, error)) log.error("notify.delivery.failed", facts);
  else log.warn("notify.delivery.retried", facts);
}
