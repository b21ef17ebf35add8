import type { Writable } from "node:stream";
import { IaiError } from "../../kernel/errors.ts";

/** Characters gathered before a write: a write a line costs more than making the line. */
const BUFFERED = 65_536;

/**
 * Writes texts as fast as the reader takes them, so that memory stays flat. A reader that goes away ends it in
 * silence: `iai export … | head` is no failure.
 */
export async function writeAll(out: Writable, texts: AsyncIterable<string>): Promise<void> {
  const ignore = (): void => undefined;
  // The failure is told to the write as well; unheard here it would end the process.
  out.on("error", ignore);
  let waiting = "";
  for await (const text of texts) {
    waiting += text;
    if (waiting.length < BUFFERED) continue;
    if (!(await write(out, waiting))) return;
    waiting = "";
  }
  if (waiting !== "") await write(out, waiting);
}

/** Resolves when the text has left; false: nobody reads any more. */
async function write(out: Writable, text: string): Promise<boolean> {
  try {
    // A stream into a file throws at once, one into a pipe tells later.
    await new Promise<void>((resolve, reject) => {
      out.write(text, (failure) => (failure ? reject(failure) : resolve()));
    });
    return true;
  } catch (failure) {
    if (isGone(failure as NodeJS.ErrnoException)) return false;
    throw refusal(failure as Error);
  }
}

function refusal(cause: Error): IaiError {
  const message = `Cannot write the output: ${cause.message}; it is not complete`;
  return new IaiError("STORAGE_IO_ERROR", message, { cause });
}

function isGone(failure: NodeJS.ErrnoException): boolean {
  return failure.code === "EPIPE" || failure.code === "ERR_STREAM_DESTROYED";
}
