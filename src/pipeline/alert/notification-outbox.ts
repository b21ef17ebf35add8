import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { createRandom } from "../../kernel/random.ts";
import type { RetryPolicy } from "../../kernel/retry.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { OutboxRow } from "../../model/records.ts";
import type { Notification, Notifier } from "../../ports/notifier.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { createDeliveryLane } from "./delivery-lane.ts";

export interface NotificationOutboxDeps {
  readonly records: RecordStore;
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  readonly log: Log;
  readonly config: {
    /** Deliveries tried before a notification counts as failed. */
    readonly attempts: number;
  };
}

/**
 * Notifications on their way (commit point G), one lane a target, so that a slow receiver delays nobody else.
 * - Staged in the transaction of what they tell of; delivered at least once, always with the same id.
 * - Order: kept per alarm and target; a later one waits for an earlier one that is tried again.
 * - The outbox row is the journal: attempts, last error, delivered at, DELIVERED or FAILED.
 */
export interface NotificationOutbox {
  /** Durable with `tx`; a repeat of the same notification to the same target changes nothing. */
  stage(
    tx: RecordTransaction,
    notification: Notification,
    targets: readonly string[],
  ): Promise<void>;
  /** Delivers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Something was staged and committed. */
  wake(): void;
  /** Notifications that were not offered to their target even once. */
  pending(): Promise<number>;
}

const retryPolicy = { baseMs: 1_000, maxMs: 300_000 } as const;

export function createNotificationOutbox(deps: NotificationOutboxDeps): NotificationOutbox {
  const { records, notifiers, clock } = deps;
  const policy: RetryPolicy = { ...retryPolicy, attempts: deps.config.attempts };
  const { next: random } = createRandom(clock.now());
  const lanes = notifiers.map((notifier) =>
    createDeliveryLane({ ...deps, notifier, policy, random }),
  );

  return {
    stage: async (tx, notification, targets) => {
      for (const target of targets) await stageFor(tx, notification, { target, now: clock.now() });
    },
    run: async (signal) => {
      await failUnknownTargets(deps);
      await Promise.all(lanes.map((lane) => lane.run(signal)));
    },
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    pending: () => records.read((tx) => tx.count("outbox", { where: unoffered })),
  };
}

const unoffered = { kind: "notification", state: "PENDING", attempts: 0 } as const;

async function stageFor(
  tx: RecordTransaction,
  notification: Notification,
  { target, now }: { readonly target: string; readonly now: EpochMs },
): Promise<void> {
  const { traceId } = notification.alarm;
  const where = { traceId, target, kind: "notification", state: "PENDING" } as const;
  // Counting does not read the messages, and most of the time there is none.
  const waiting = await tx.count("outbox", { where });
  const earlier = waiting > 0 ? await tx.find("outbox", where) : null;
  const row: OutboxRow = {
    outboxId: `${notification.notificationId}:${target}`,
    kind: "notification",
    target,
    traceId,
    payload: { ...notification },
    state: "PENDING",
    attempts: 0,
    // One that is tried again keeps its place before this one.
    nextAttemptAt: Math.max(now, earlier?.nextAttemptAt ?? now),
    lastError: null,
    createdAt: now,
    deliveredAt: null,
  };
  await tx.insert("outbox", row);
}

/** A target that was taken out of the configuration can never be reached: its messages end as failed. */
async function failUnknownTargets({ records, notifiers, log }: NotificationOutboxDeps) {
  const known = new Set(notifiers.map(({ name }) => name));
  const waiting = await records.read((tx) =>
    tx.list("outbox", { where: { kind: "notification", state: "PENDING" } }),
  );
  const targets = [...new Set(waiting.map(({ target }) => target))].filter((t) => !known.has(t));
  for (const target of targets) {
    const where = { kind: "notification", state: "PENDING", target } as const;
    const lastError = `Cannot deliver: no target "${target}" is configured any more`;
    const count = await records.transaction((tx) =>
      tx.update("outbox", where, { state: "FAILED", lastError }),
    );
    log.error("notify.target.unknown", { target, count });
  }
}
