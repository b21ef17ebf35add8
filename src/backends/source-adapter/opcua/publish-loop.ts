import type { NotificationMessage, PublishResponse } from "node-opcua-client";
import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { createWakeUp } from "../../../kernel/wake-up.ts";
import type { Ms } from "../../../model/basics.ts";
import type { OpcuaLink } from "./connection.ts";
import { reasonOf } from "./errors.ts";
import type { Opcua } from "./library.ts";
import { createMessageOrder, isSignOfLife } from "./message-order.ts";
import type { Subscription } from "./subscription.ts";

export interface PublishLoop {
  readonly opcua: Opcua;
  readonly link: OpcuaLink;
  readonly subscription: Subscription;
  readonly clock: Clock;
  /** Nothing heard for this long: the server is gone. */
  readonly silentMs: Ms;
  /** Resolves when everything in the messages is durable; only then are they acknowledged. */
  readonly deliver: (messages: readonly NotificationMessage[]) => Promise<void>;
  /** Notifications that the server no longer has. */
  readonly onLost: (count: number) => void;
}

/** Requests that wait at the server for something to tell. */
const IN_FLIGHT = 3;

/**
 * Carries notifications until the signal aborts, and throws when the session or the subscription is gone. While
 * `deliver` works the server is asked for nothing more, so that it keeps what comes, as much as its queues hold.
 */
export async function runPublishLoop(loop: PublishLoop, signal: AbortSignal): Promise<void> {
  const desk = openDesk(loop);
  try {
    await desk.takeHeld();
    while (!signal.aborted) await desk.turn(signal);
  } finally {
    desk.close();
  }
}

interface Desk {
  takeHeld(): Promise<void>;
  turn(signal: AbortSignal): Promise<void>;
  close(): void;
}

function openDesk(loop: PublishLoop): Desk {
  const { clock, link } = loop;
  const wakeUp = createWakeUp(clock);
  const order = createMessageOrder(loop);
  let inbox: NotificationMessage[] = [];
  let acknowledged: number[] = [];
  let failure: unknown = null;
  let asked = 0;
  let heardAt = clock.monotonic();
  let hasAnswered = false;
  const fail = (cause: unknown): void => {
    failure ??= cause;
    wakeUp.wake();
  };
  const onLost = (): void =>
    fail(new IaiError("SOURCE_UNREACHABLE", "Cannot go on reading: the connection was lost"));
  link.lost.addEventListener("abort", onLost);

  const ask = async (): Promise<void> => {
    asked += 1;
    const numbers = acknowledged;
    acknowledged = [];
    try {
      const { notificationMessage } = await publish(loop, numbers);
      hasAnswered = true;
      inbox.push(notificationMessage);
    } catch (cause) {
      fail(cause);
    }
    asked -= 1;
    heardAt = clock.monotonic();
    wakeUp.wake();
  };
  const carry = async (messages: readonly NotificationMessage[]): Promise<void> => {
    const told = messages.filter((message) => !isSignOfLife(message));
    await loop.deliver(messages);
    acknowledged.push(...told.map(({ sequenceNumber }) => sequenceNumber));
    refuseEnded(told);
  };

  return {
    takeHeld: async () => {
      const held = await order.held();
      if (held.length > 0) await carry(held);
    },
    turn: async (signal) => {
      while (asked < IN_FLIGHT && failure === null) void ask();
      const quietMs = clock.monotonic() - heardAt;
      // One that was taken over and never spoke is of no use: asyncua 2.1 answers no more after some transfers.
      const isMute = loop.subscription.held !== null && !hasAnswered;
      const patienceMs = isMute ? loop.silentMs / 2 : loop.silentMs;
      if (quietMs > patienceMs) throw silentServer(patienceMs, isMute);
      if (inbox.length === 0 && failure === null)
        await wakeUp.wait(patienceMs - quietMs + 1, signal);
      // What came in the same read of the socket goes together.
      await new Promise((resolve) => setImmediate(resolve));
      const taken = inbox;
      inbox = [];
      if (taken.length > 0) await carry(await order.complete(taken));
      if (failure !== null && !isPassing(failure) && !signal.aborted) throw failure;
      failure = null;
    },
    close: () => link.lost.removeEventListener("abort", onLost),
  };
}

function silentServer(silentMs: Ms, isSubscriptionGone: boolean): IaiError {
  const message = `Cannot go on reading: the server said nothing for ${silentMs} ms`;
  return new IaiError("SOURCE_UNREACHABLE", message, { data: { isSubscriptionGone } });
}

/** A full queue of requests at the server, or one that waited too long: the others go on. */
function isPassing(failure: unknown): boolean {
  return /BadTooManyPublishRequests|BadRequestTimeout|BadTimeout/.test(reasonOf(failure));
}

/** The server may end a subscription, or give it to another session. */
function refuseEnded(messages: readonly NotificationMessage[]): void {
  for (const { notificationData } of messages) {
    for (const data of notificationData ?? []) {
      if (data === null || !("status" in data)) continue;
      const name = String((data.status as { readonly name?: string }).name);
      throw new IaiError("SOURCE_UNREACHABLE", `the subscription ended (${name})`);
    }
  }
}

function publish(
  { opcua, link, subscription, silentMs }: PublishLoop,
  sequenceNumbers: readonly number[],
): Promise<PublishResponse> {
  const { id: subscriptionId } = subscription;
  const request = new opcua.PublishRequest({
    // A request waits for the next thing to tell: twice the time after which we give up anyway.
    requestHeader: { timeoutHint: 2 * silentMs },
    subscriptionAcknowledgements: sequenceNumbers.map((sequenceNumber) => ({
      subscriptionId,
      sequenceNumber,
    })),
  });
  return new Promise((resolve, reject) => {
    link.session.publish(request, (failure, response) => {
      if (failure || response === undefined) reject(failure ?? new Error("no answer"));
      else resolve(response);
    });
  });
}
