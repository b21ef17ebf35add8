import type { Writable } from "node:stream";

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
function write(out: Writable, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    out.write(text, (failure) => {
      if (failure === null || failure === undefined) resolve(true);
      else if (isGone(failure)) resolve(false);
      else reject(failure);
    });
  });
}

function isGone(failure: NodeJS.ErrnoException): boolean {
  return failure.code === "EPIPE" || failure.code === "ERR_STREAM_DESTROYED";
}
