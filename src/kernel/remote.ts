import type { MessagePort, Worker } from "node:worker_threads";
import { type ErrorCode, IaiError } from "./errors.ts";

/** What calls travel over: this thread's end of a channel, or a worker seen from its parent. */
export type Channel = MessagePort | Worker;

interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly answer: number;
  readonly value?: unknown;
  readonly failure?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly data: Record<string, unknown>;
  };
}

/** Functions that may be called from another thread; arguments and results are structured-cloned. */
export type Remote = Readonly<Record<string, (...args: never[]) => unknown>>;

/**
 * Two threads that call each other's functions over one channel.
 * - Every call is answered once, in any order; a failure arrives with its code and message.
 * - `fail` ends all waiting calls when the other thread is gone.
 */
export interface RemoteLink<Theirs> {
  readonly theirs: Theirs;
  fail(reason: IaiError): void;
}

/** Serves `ours` to the other side and calls the other side's functions through `theirs`. */
export function linkThreads<Theirs extends object>(
  channel: Channel,
  ours: Remote,
): RemoteLink<Theirs> {
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  let calls = 0;
  let gone: IaiError | null = null;

  const serve = async ({ call, method, args }: Call): Promise<void> => {
    try {
      const target = ours[method];
      if (target === undefined)
        throw new IaiError(
          "INTERNAL",
          `Cannot call "${method}": the other thread has no such function`,
        );
      channel.postMessage(
        {
          answer: call,
          value: await target(...(args as never[])),
        } satisfies Answer,
        [],
      );
    } catch (failure) {
      channel.postMessage({ answer: call, failure: describe(failure) } satisfies Answer, []);
    }
  };
  channel.on("message", (message: Call | Answer) => {
    if ("call" in message) {
      void serve(message);
      return;
    }
    if (!("answer" in message)) return;
    const waiter = waiting.get(message.answer);
    waiting.delete(message.answer);
    if (message.failure === undefined) waiter?.resolve(message.value);
    else
      waiter?.reject(
        new IaiError(message.failure.code, message.failure.message, { data: message.failure.data }),
      );
  });

  const theirs = new Proxy(Object.create(null), {
    get: (_target, method) =>
      // A proxy that is awaited must not look like a promise.
      method === "then"
        ? undefined
        : (...args: unknown[]) =>
            new Promise((resolve, reject) => {
              if (gone !== null) return reject(gone);
              calls += 1;
              waiting.set(calls, { resolve, reject });
              channel.postMessage({ call: calls, method: String(method), args } satisfies Call, []);
            }),
  }) as Theirs;

  return {
    theirs,
    fail: (reason) => {
      gone = reason;
      for (const waiter of waiting.values()) waiter.reject(reason);
      waiting.clear();
    },
  };
}

function describe(failure: unknown): NonNullable<Answer["failure"]> {
  if (failure instanceof IaiError)
    return { code: failure.code, message: failure.message, data: { ...failure.data } };
  return {
    code: "INTERNAL",
    message: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
    data: {},
  };
}
