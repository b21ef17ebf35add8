import type { Clock } from "../../kernel/clock.ts";
import { describeError, IaiError } from "../../kernel/errors.ts";
import type { ControlEvent } from "../../model/control.ts";
import { counters, type OutboxRow } from "../../model/records.ts";
import type { ControlDraft, ControlJournal, EventBus } from "../../ports/event-bus.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";

export interface ControlJournalDeps {
  readonly records: RecordStore;
  readonly bus: Pick<EventBus, "publish">;
  readonly clock: Clock;
  readonly encode: (event: ControlEvent) => Uint8Array;
}

/** Staged events of one flush at most: one publish holds them all. */
const FLUSH_LIMIT = 500;

/**
 * Sends what an earlier process staged and could not publish any more, then takes new events. A log that is full
 * does not keep IAI from starting: the next `flush` sends what is left.
 */
export async function openControlJournal(deps: ControlJournalDeps): Promise<ControlJournal> {
  const journal = new RecordedControlJournal(deps);
  await journal.flush().catch((failure: unknown) => {
    if (!(failure instanceof IaiError) || !describeError(failure.code).retry) throw failure;
  });
  await journal.refresh();
  return journal;
}

class RecordedControlJournal implements ControlJournal {
  readonly #deps: ControlJournalDeps;
  #current = 0;
  #flushing: Promise<void> = Promise.resolve();

  constructor(deps: ControlJournalDeps) {
    this.#deps = deps;
  }

  async stage(tx: RecordTransaction, draft: ControlDraft): Promise<number> {
    const version = await tx.next(counters.configVersion);
    const at = this.#deps.clock.now();
    const event = { ...draft, version, at } as ControlEvent;
    await tx.insert("outbox", stagedRow(event));
    return version;
  }

  /** One flush at a time, so that versions reach the log in their order. */
  flush(): Promise<void> {
    const mine = this.#flushing.then(() => this.#flushAll());
    this.#flushing = mine.catch(() => undefined);
    return mine;
  }

  current(): number {
    return this.#current;
  }

  /** The newest version that the log has: the last one given, or the one before what is still staged. */
  async refresh(): Promise<void> {
    const counter = await this.#deps.records.read((tx) =>
      tx.find("counter", { name: counters.configVersion }),
    );
    const [staged] = await this.#staged();
    const known = staged === undefined ? (counter?.value ?? 0) : versionOf(staged) - 1;
    this.#current = Math.max(this.#current, known);
  }

  async #flushAll(): Promise<void> {
    for (;;) {
      const rows = await this.#staged();
      if (rows.length === 0) return;
      const events = rows.map((row) => row.payload as ControlEvent);
      await this.#deps.bus.publish(
        events.map((event) => ({
          topic: "control",
          key: keyOf(event),
          value: this.#deps.encode(event),
        })),
      );
      this.#current = Math.max(this.#current, ...events.map((event) => event.version));
      // A crash before this line sends them once more; steps know a version that they have seen.
      const outboxIds = rows.map((row) => row.outboxId);
      await this.#deps.records.transaction((tx) =>
        tx.remove("outbox", { outboxId: { in: outboxIds } }),
      );
    }
  }

  #staged(): Promise<readonly OutboxRow[]> {
    return this.#deps.records.read((tx) =>
      tx.list("outbox", {
        where: { kind: "control" },
        orderBy: [["outboxId", "asc"]],
        limit: FLUSH_LIMIT,
      }),
    );
  }
}

function versionOf(row: OutboxRow): number {
  return (row.payload as ControlEvent).version;
}

function stagedRow(event: ControlEvent): OutboxRow {
  return {
    // Padded, so that the order of ids is the order of versions.
    outboxId: `control-${String(event.version).padStart(12, "0")}`,
    kind: "control",
    target: "log",
    traceId: null,
    payload: event,
    state: "PENDING",
    attempts: 0,
    nextAttemptAt: event.at,
    lastError: null,
    createdAt: event.at,
    deliveredAt: null,
  };
}

/** Events of one device keep their order with its readings. */
function keyOf(event: ControlEvent): string {
  if (event.type === "device") return event.profile.deviceId;
  return "deviceId" in event ? event.deviceId : "*";
}
