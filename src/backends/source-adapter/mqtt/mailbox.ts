import type { Clock } from "../../../kernel/clock.ts";
import { createWakeUp } from "../../../kernel/wake-up.ts";
import { MINUTE } from "../../../model/basics.ts";
import type { ReadingSink } from "../../../ports/source-adapter.ts";
import { SOURCE_ITEMS_MAX } from "../../../ports/source-adapter.ts";
import { type DecodeContext, decodeMessage, type MqttMessage } from "./codec.ts";

/** A message, and whom to tell when its readings are durable or kept in quarantine. */
export interface Letter extends MqttMessage {
  /** Name of the connection that brought it. */
  readonly from: string;
  readonly settle: () => void;
}

/**
 * Messages on their way into the log: what arrives while one `accept` is under way goes into the next together.
 * Nothing waits for a clock: a single message goes at once, a flood in batches.
 */
export interface Mailbox {
  /** False: full, the letter was not taken; its sender waits for `room`. */
  offer(letter: Letter): boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
  /** Carries letters into the sink until the signal aborts; what is then left is not settled. */
  run(sink: ReadingSink, signal: AbortSignal): Promise<void>;
}

export interface MailboxDeps extends DecodeContext {
  readonly clock: Clock;
  readonly onTaken: (from: string) => void;
}

/** Letters and bytes that wait at most. Beyond it connections are not read, and their broker keeps what it has. */
const LETTERS_MAX = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;

export function createMailbox(deps: MailboxDeps): Mailbox {
  const wakeUp = createWakeUp(deps.clock);
  let waiting: Letter[] = [];
  let bytes = 0;
  let roomy: PromiseWithResolvers<void> | null = null;

  const take = (): readonly Letter[] => {
    const taken = waiting.length <= SOURCE_ITEMS_MAX ? waiting : waiting.slice(0, SOURCE_ITEMS_MAX);
    waiting = waiting.slice(taken.length);
    for (const { payload } of taken) bytes -= payload.byteLength;
    roomy?.resolve();
    roomy = null;
    return taken;
  };

  return {
    offer: (letter) => {
      if (waiting.length >= LETTERS_MAX || bytes >= BYTES_MAX) return false;
      waiting.push(letter);
      bytes += letter.payload.byteLength;
      wakeUp.wake();
      return true;
    },
    room: () => {
      roomy ??= Promise.withResolvers<void>();
      return roomy.promise;
    },
    run: async (sink, signal) => {
      while (!signal.aborted) {
        if (waiting.length === 0) await wakeUp.wait(MINUTE, signal);
        // What came in the same read of the socket goes together.
        await new Promise((resolve) => setImmediate(resolve));
        const letters = take();
        if (letters.length === 0) continue;
        const failure = await deliver(letters, sink, deps);
        if (failure === null) continue;
        if (!signal.aborted) throw failure;
      }
    },
  };
}

/** null: all are durable or in quarantine, and settled. */
async function deliver(
  letters: readonly Letter[],
  sink: ReadingSink,
  { onTaken, ...context }: MailboxDeps,
): Promise<unknown> {
  const items = letters.flatMap((letter) => decodeMessage(letter, context));
  try {
    for (let at = 0; at < items.length; at += SOURCE_ITEMS_MAX)
      await sink.accept({ items: items.slice(at, at + SOURCE_ITEMS_MAX), deviceIds: null });
  } catch (failure) {
    return failure;
  }
  context.sparkplug?.keep();
  for (const { settle, from } of letters) {
    settle();
    onTaken(from);
  }
  return null;
}
