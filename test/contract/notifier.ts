import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { SimulatedClock } from "../../src/kernel/clock.ts";
import type { Ms } from "../../src/model/basics.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { isCode } from "../fixtures/is-code.ts";
import { aNotification } from "../fixtures/notifications.ts";

/** What the receiver does with the next messages. `hang`: it takes the connection and says nothing more. */
export type ReceiverMood = "take" | "refuse" | "busy" | "hang";

/** A real receiver on loopback. */
export interface ReceiverUnderTest {
  mood: ReceiverMood;
  /** Of every message it took, the sign by which it knows a repeat. */
  readonly taken: readonly string[];
  /** Resolves when a message that it lets hang has arrived. */
  hanging(): Promise<void>;
  close(): Promise<void>;
}

export interface NotifierUnderTest {
  readonly notifier: Notifier;
  readonly receiver: ReceiverUnderTest;
  /** The notifier's clock. */
  readonly clock: SimulatedClock;
  readonly timeoutMs: Ms;
}

export interface NotifierSuite {
  readonly name: string;
  readonly open: () => Promise<NotifierUnderTest>;
  readonly gaps?: Readonly<Record<string, string>>;
}

/** What every notifier promises; see `ports/notifier.ts`. */
export function testNotifier(suite: NotifierSuite): void {
  describe(`notifier: ${suite.name}`, () => {
    let open: NotifierUnderTest;
    const never = new AbortController().signal;
    beforeEach(async () => {
      open = await suite.open();
    });
    afterEach(async () => {
      await open.notifier.close();
      await open.receiver.close();
    });
    const promise = (name: string, work: () => Promise<void>): void => {
      const gap = suite.gaps?.[name];
      it(name, gap === undefined ? {} : { skip: gap }, work);
    };

    promise("resolves with a receipt once the receiver has taken the message", async () => {
      const { receipt } = await open.notifier.deliver(aNotification(), never);
      assert.notEqual(receipt, "");
      assert.equal(open.receiver.taken.length, 1);
    });

    promise("shows the receiver a repeat as the same, and another as another", async () => {
      await open.notifier.deliver(aNotification({ notificationId: "报警 a/1" }), never);
      await open.notifier.deliver(aNotification({ notificationId: "报警 a/1" }), never);
      await open.notifier.deliver(aNotification({ notificationId: "报警 a/2" }), never);
      const [first, repeat, other] = open.receiver.taken;
      assert.equal(repeat, first);
      assert.notEqual(other, first);
    });

    promise("is final when the receiver refuses", async () => {
      open.receiver.mood = "refuse";
      const refused = open.notifier.deliver(aNotification(), never);
      await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_REFUSED"));
    });

    promise("may be tried again when the receiver is busy, and then arrives", async () => {
      open.receiver.mood = "busy";
      const refused = open.notifier.deliver(aNotification(), never);
      await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      open.receiver.mood = "take";
      await open.notifier.deliver(aNotification(), never);
      assert.equal(open.receiver.taken.length, 1);
    });

    promise("may be tried again when nobody is there", async () => {
      await open.notifier.deliver(aNotification(), never);
      await open.receiver.close();
      const lost = open.notifier.deliver(aNotification(), never);
      await assert.rejects(lost, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
    });

    promise("never takes longer than its time-out", async () => {
      open.receiver.mood = "hang";
      const late = open.notifier.deliver(aNotification(), never);
      const rejected = assert.rejects(late, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      await open.receiver.hanging();
      await open.clock.advance(open.timeoutMs);
      await rejected;
      open.receiver.mood = "take";
      await open.notifier.deliver(aNotification(), never);
      assert.equal(open.receiver.taken.length, 1);
    });

    promise("stops waiting when its caller or its owner stops", async () => {
      open.receiver.mood = "hang";
      const caller = new AbortController();
      const stopped = open.notifier.deliver(aNotification(), caller.signal);
      const rejected = assert.rejects(stopped, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      await open.receiver.hanging();
      caller.abort();
      await rejected;
      const waiting = open.notifier.deliver(aNotification(), never);
      const closed = assert.rejects(waiting, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      await open.receiver.hanging();
      await open.notifier.close();
      await closed;
    });

    promise("delivers a storm, each message once", async () => {
      const ids = Array.from({ length: 100 }, (_, i) => `trace-${i}:1`);
      await Promise.all(
        ids.map((notificationId) =>
          open.notifier.deliver(aNotification({ notificationId }), never),
        ),
      );
      assert.equal(open.receiver.taken.length, ids.length);
      assert.equal(new Set(open.receiver.taken).size, ids.length);
    });

    promise("delivers nothing once it is closed", async () => {
      await open.notifier.close();
      await open.notifier.close();
      const late = open.notifier.deliver(aNotification(), never);
      await assert.rejects(late, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      assert.equal(open.receiver.taken.length, 0);
    });
  });
}
