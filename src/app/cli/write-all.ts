import { once } from "node:events";
import type { Writable } from "node:stream";

/** Bytes gathered before a write: a write a line costs more than making the line. */
const BUFFERED = 65_536;

/**
 * Writes texts as fast as the reader takes them, so that memory stays flat. A reader that goes away ends it in
 * silence: `iai export … | head` is no failure.
 */
export async function writeAll(out: Writable, texts: AsyncIterable<string>): Promise<void> {
  const state: { failure: NodeJS.ErrnoException | null } = { failure: null };
  const onError = (failure: NodeJS.ErrnoException): void => {
    state.failure ??= failure;
  };
  out.on("error", onError);
  let waiting = "";
  for await (const text of texts) {
    waiting += text;
    if (waiting.length < BUFFERED) continue;
    await write(out, waiting);
    waiting = "";
    if (state.failure !== null) break;
  }
  if (state.failure === null && waiting !== "") await write(out, waiting);
  if (state.failure !== null && state.failure.code !== "EPIPE") throw state.failure;
}

/** Resolves when the text has left, or cannot. */
async function write(out: Writable, text: string): Promise<void> {
  const done = Promise.withResolvers<void>();
  // The error itself is told by its event.
  const room = out.write(text, () => done.resolve());
  await (room ? done.promise : Promise.race([done.promise, once(out, "close")]));
}
