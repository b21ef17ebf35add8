import type { NotificationMessage } from "node-opcua-client";
import type { Clock } from "../../../kernel/clock.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { ReadingSink, SourceItem } from "../../../ports/source-adapter.ts";
import { SOURCE_ITEMS_MAX } from "../../../ports/source-adapter.ts";
import { readingsOf, type TagValue } from "./reading-batch.ts";
import type { SessionMemory } from "./session-memory.ts";
import type { TagState } from "./tag-state.ts";
import { type SentValue, type TakenValue, takeValue } from "./value-codec.ts";

/** The way of values into the log. */
export interface Delivery {
  /** What the subscription told; resolves when it is durable. */
  told(messages: readonly NotificationMessage[]): Promise<void>;
  /** What was read. */
  hand(values: readonly TagValue[]): Promise<void>;
  /** What made the sink give up, for whoever must stop because of it; null: nothing. */
  failure(): unknown;
  /** Values that the server dropped because a queue was full, since the last call. */
  takeOverflows(): number;
}

export interface DeliveryDeps {
  readonly name: string;
  readonly states: readonly TagState[];
  readonly sink: ReadingSink;
  readonly clock: Clock;
  readonly memory: SessionMemory;
  readonly onValues: (at: EpochMs) => void;
}

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { name, states, sink, clock, memory, onValues } = deps;
  let failure: unknown = null;
  let overflows = 0;

  const store = async (items: readonly SourceItem[]): Promise<void> => {
    try {
      for (let at = 0; at < items.length; at += SOURCE_ITEMS_MAX)
        await sink.accept({ items: items.slice(at, at + SOURCE_ITEMS_MAX), deviceIds: null });
    } catch (cause) {
      failure = cause;
      throw cause;
    }
  };
  const hand = async (values: readonly TagValue[]): Promise<void> => {
    const measured = values.filter(({ taken }) => !isStillUnmeasured(taken));
    if (measured.length === 0) return;
    const receivedAt = clock.now();
    await store(readingsOf(measured, { source: `opcua:${name}`, receivedAt }));
    onValues(receivedAt);
  };

  return {
    told: async (messages) => {
      const values = messages.flatMap((message) => valuesOf(message, states));
      const now = clock.monotonic();
      for (const { state, taken } of values) {
        state.heardAt = now;
        state.differsSince = null;
        state.notified = taken;
        if (taken.isOverflow) overflows += 1;
      }
      await hand(values);
      const until = messages.at(-1)?.publishTime?.getTime();
      if (until !== undefined) memory.note({ storedUntil: until });
    },
    hand,
    failure: () => failure,
    takeOverflows: () => {
      const count = overflows;
      overflows = 0;
      return count;
    },
  };
}

/** The server has begun to watch and knows nothing yet: that is no measurement, not even a bad one. */
function isStillUnmeasured({ value, status }: TakenValue): boolean {
  return typeof value !== "number" && status === "BadWaitingForInitialData";
}

function valuesOf(
  { notificationData }: NotificationMessage,
  states: readonly TagState[],
): readonly TagValue[] {
  return (notificationData ?? []).flatMap((data) => {
    if (data === null || !("monitoredItems" in data)) return [];
    const items = data.monitoredItems as
      | readonly { clientHandle: number; value: SentValue }[]
      | null;
    return (items ?? []).flatMap(({ clientHandle, value }): TagValue[] => {
      const state = states[clientHandle];
      return state === undefined ? [] : [{ state, taken: takeValue(value) }];
    });
  });
}
