import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { IaiError } from "../../kernel/errors.ts";

const unzip = promisify(gunzip);
/** A too large body is read and thrown away up to here, so that the sender gets to see the answer. */
const discardBytes = 64 * 1024 * 1024;

function tooLarge(limit: number): IaiError {
  return new IaiError(
    "TOO_LARGE",
    `Cannot accept the body: it is larger than ${limit} bytes after decompression, nothing was accepted`,
  );
}

/** The whole body, unzipped; its size is counted after that and never exceeds `limit` in memory. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip" && encoding !== "x-gzip") {
    throw new IaiError(
      "ENCODING_UNSUPPORTED",
      `Cannot read the body: its encoding is "${encoding}", nothing was accepted`,
    );
  }
  const raw = await collect(request, limit);
  if (encoding === "identity" || raw.length === 0) return raw;
  try {
    return await unzip(raw, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    throw new IaiError(
      "JSON_INVALID",
      "Cannot read the body: it is not the gzip it says it is, nothing was accepted",
      { cause },
    );
  }
}

async function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? "0");
  if (declared > discardBytes) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else {
      chunks.length = 0;
      if (size > discardBytes) break;
    }
  }
  if (size > limit) throw tooLarge(limit);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Text of a body; UTF8_INVALID otherwise. */
export function bodyText(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new IaiError("UTF8_INVALID", "Cannot read the body: it is not UTF-8, nothing was done", {
      cause,
    });
  }
}

/** JSON of a body; an empty body is an empty object, because most actions need no words. */
export function bodyJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  const text = bodyText(body);
  try {
    return JSON.parse(text, refusePrototype);
  } catch (cause) {
    if (cause instanceof IaiError) throw cause;
    throw new IaiError(
      "JSON_INVALID",
      `Cannot read the body: ${(cause as Error).message}, nothing was done`,
      { cause },
    );
  }
}

/** A key that would name the prototype of an object is nothing that a person means. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key !== "__proto__") return value;
  throw new IaiError("INVALID_REQUEST", 'Cannot accept the key "__proto__"; nothing was done');
}
