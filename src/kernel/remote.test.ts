import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { IaiError } from "./errors.ts";
import { linkThreads, type RemoteLink } from "./remote.ts";

interface Calls {
  add(a: number, b: number): Promise<number>;
  refuse(): Promise<void>;
  never(): Promise<void>;
  unknown(): Promise<void>;
}

describe("calls between threads", () => {
  let channel: MessageChannel;
  let link: RemoteLink<Calls>;
  beforeEach(() => {
    channel = new MessageChannel();
    linkThreads(channel.port2, {
      add: (a: number, b: number) => a + b,
      refuse: () => {
        throw new IaiError("LOG_FULL", "Cannot append: it is full", { data: { retryAfterMs: 5 } });
      },
      never: () => new Promise(() => undefined),
    });
    link = linkThreads<Calls>(channel.port1, {});
  });
  afterEach(() => channel.port1.close());

  it("answers each call with its own result", async () => {
    const answers = await Promise.all([link.theirs.add(1, 2), link.theirs.add(3, 4)]);
    assert.deepEqual(answers, [3, 7]);
  });

  it("carries the code and the data of a failure over", async () => {
    await assert.rejects(
      link.theirs.refuse(),
      (failure: unknown) =>
        failure instanceof IaiError &&
        failure.code === "LOG_FULL" &&
        failure.data["retryAfterMs"] === 5,
    );
  });

  it("refuses a function that the other side does not have", async () => {
    await assert.rejects(
      link.theirs.unknown(),
      (failure: unknown) => failure instanceof IaiError && failure.code === "INTERNAL",
    );
  });

  it("ends waiting and later calls when the other thread is gone", async () => {
    const waiting = link.theirs.never();
    link.fail(new IaiError("SHUTTING_DOWN", "Cannot go on: the thread has ended"));
    const isGone = (failure: unknown): boolean =>
      failure instanceof IaiError && failure.code === "SHUTTING_DOWN";
    await assert.rejects(waiting, isGone);
    await assert.rejects(link.theirs.add(1, 1), isGone);
  });
});
