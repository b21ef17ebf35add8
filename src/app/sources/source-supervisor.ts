import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { ReadingSink } from "../../ports/source-adapter.ts";
import type { SourceStatus } from "../../present/api/source-service.ts";
import { createFlowRates, type FlowRates } from "../runtime/flow-rate.ts";
import { createSourceSlot, type SourceSlot, type WantedSource } from "./source-slot.ts";

/**
 * Keeps the wanted sources running in this process, each in a slot of its own: one that does not open, fails or ends
 * slowly holds up no other.
 */
export interface SourceSupervisor {
  /** From now on exactly these; what is the same goes on undisturbed. */
  apply(wanted: readonly WantedSource[]): void;
  /** Resolves when what runs is what is wanted. */
  settled(): Promise<void>;
  list(): readonly SourceStatus[];
  find(name: string): SourceStatus | null;
  /** Ends all of them: what they handed in is acknowledged, the rest is not. */
  stop(): Promise<void>;
}

export interface SupervisorDeps {
  readonly sink: ReadingSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

export function createSourceSupervisor(deps: SupervisorDeps): SourceSupervisor {
  const { log, clock } = deps;
  const slots = new Map<string, SourceSlot>();
  const rates = createFlowRates(clock);
  const place = (wanted: WantedSource): void => {
    const slot = slots.get(wanted.name) ?? createSourceSlot(deps);
    const before = slot.wanted;
    slots.set(wanted.name, slot);
    if (before?.revision === wanted.revision && before.enabled === wanted.enabled) return;
    const { name: source, kind, enabled } = wanted;
    if (before !== null || wanted.origin === "stored")
      log.info(before === null ? "source.added" : "source.changed", { source, kind, enabled });
    slot.want(wanted);
  };
  const vacate = (name: string, slot: SourceSlot): void => {
    if (slot.wanted === null) return;
    log.info("source.removed", { source: name });
    slot.want(null);
    void slot.settled().then(() => {
      // Somebody may have taken the name again meanwhile.
      if (slot.wanted === null && slots.get(name) === slot) slots.delete(name);
    });
  };
  const statuses = (): readonly SourceStatus[] =>
    [...slots.values()].flatMap((slot) => {
      const { wanted } = slot;
      return wanted === null ? [] : [statusOf(wanted, slot, { clock, rates })];
    });
  const settled = async (): Promise<void> =>
    void (await Promise.all([...slots.values()].map((slot) => slot.settled())));
  return {
    apply: (wanted) => {
      const names = new Set(wanted.map(({ name }) => name));
      for (const [name, slot] of slots) if (!names.has(name)) vacate(name, slot);
      for (const each of wanted) place(each);
    },
    settled,
    list: statuses,
    find: (name) => statuses().find((status) => status.name === name) ?? null,
    stop: async () => {
      for (const slot of slots.values()) slot.want(null);
      await settled();
    },
  };
}

const nothingYet = { accepted: 0, duplicates: 0, rejected: 0, degraded: 0, byCode: {} } as const;

function statusOf(
  wanted: WantedSource,
  slot: SourceSlot,
  { clock, rates }: { readonly clock: Clock; readonly rates: FlowRates },
): SourceStatus {
  const { name, kind, origin, enabled } = wanted;
  const { intake } = slot;
  const counters = intake?.counters() ?? nothingYet;
  const { accepted, duplicates, rejected } = counters;
  return {
    ...{ name, kind, origin, enabled, counters },
    state: slot.state(),
    waitingFor: intake?.waitingFor() ?? null,
    ratePerSecond: rates.perSecond(name, accepted + duplicates + rejected),
    skews: intake?.diary.skews(clock.now()) ?? [],
    troubles: intake?.diary.troubles() ?? [],
  };
}
