import type { NotificationMessage } from "node-opcua-client";
import type { OpcuaLink } from "./connection.ts";
import { reasonOf } from "./errors.ts";
import type { Opcua } from "./library.ts";
import type { Subscription } from "./subscription.ts";

export interface MessageOrderDeps {
  readonly opcua: Opcua;
  readonly link: OpcuaLink;
  readonly subscription: Subscription;
  /** Notifications that the server no longer has. */
  readonly onLost: (count: number) => void;
}

/** Keeps the numbers of notifications without a gap. */
export interface MessageOrder {
  /** What the server holds from before this session. */
  held(): Promise<readonly NotificationMessage[]>;
  /** The messages, with those between them that did not arrive, as far as the server still has them. */
  complete(messages: readonly NotificationMessage[]): Promise<readonly NotificationMessage[]>;
}

/** A larger gap is not asked for: the history has it, or nobody. */
const REPUBLISH_MAX = 1_000;

export function createMessageOrder(deps: MessageOrderDeps): MessageOrder {
  let next: number | null = null;
  const fetch = async (numbers: readonly number[]): Promise<NotificationMessage[]> => {
    const found: NotificationMessage[] = [];
    for (const number of numbers) {
      const message = await republish(deps, number);
      if (message === null) deps.onLost(1);
      else found.push(message);
    }
    return found;
  };
  return {
    held: () => fetch((deps.subscription.held ?? []).slice(-REPUBLISH_MAX)),
    complete: async (messages) => {
      const all: NotificationMessage[] = [];
      for (const message of messages) {
        const number = message.sequenceNumber;
        const first: number = next ?? number;
        const gap = Math.min(Math.max(0, number - first), REPUBLISH_MAX);
        all.push(...(await fetch(Array.from({ length: gap }, (_, n) => first + n))), message);
        // A sign of life carries the number of the message to come.
        next = number + (isSignOfLife(message) ? 0 : 1);
      }
      return all;
    },
  };
}

export const isSignOfLife = (message: NotificationMessage): boolean =>
  (message.notificationData ?? []).length === 0;

/** null: the server no longer has it. */
async function republish(
  { opcua, link, subscription }: MessageOrderDeps,
  retransmitSequenceNumber: number,
): Promise<NotificationMessage | null> {
  const subscriptionId = subscription.id;
  const request = new opcua.RepublishRequest({ subscriptionId, retransmitSequenceNumber });
  try {
    const { notificationMessage: message } = await new Promise<{
      notificationMessage: NotificationMessage;
    }>((resolve, reject) => {
      link.session.republish(request, (failure, answer) => {
        if (failure || answer === undefined) reject(failure ?? new Error("no answer"));
        else resolve(answer);
      });
    });
    // asyncua answers with an empty message where it has none.
    return message.sequenceNumber === retransmitSequenceNumber ? message : null;
  } catch (failure) {
    if (/BadMessageNotAvailable/.test(reasonOf(failure))) return null;
    throw failure;
  }
}
