import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { canonicalJson } from "../../src/kernel/canonical-json.ts";

/** One line of a cassette. It holds no key: prompts and answers alone. */
interface Recorded {
  readonly hash: string;
  readonly request: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly answer: string;
}

export interface CassetteOptions {
  /** NDJSON, one conversation turn a line. */
  readonly file: string;
  /** Base address of the real endpoint; null: only what was recorded is played. */
  readonly upstream: string | null;
  readonly port?: number;
}

/**
 * Stands between IAI and a real endpoint: what was recorded is played back, what was not is asked upstream and
 * recorded. The same question asked twice plays its answers in their order, the last one again and again.
 */
export interface Cassette {
  /** What `languageModel.baseUrl` takes. */
  readonly baseUrl: string;
  readonly counts: { readonly played: number; readonly recorded: number; readonly missed: number };
  close(): Promise<void>;
}

export async function openCassette(options: CassetteOptions): Promise<Cassette> {
  const tape = readTape(options.file);
  const counts = { played: 0, recorded: 0, missed: 0 };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = (await request.toArray()).join("");
    const body: unknown = JSON.parse(text);
    const hash = hashOf(body);
    const known = next(tape, hash);
    if (known !== null) {
      counts.played += 1;
      send(response, known);
    } else if (options.upstream === null) {
      counts.missed += 1;
      const error = { code: "cassette_miss", message: `nothing is recorded for ${hash}` };
      const missing = { status: 404, contentType: "application/json" };
      send(response, { ...missing, answer: JSON.stringify({ error }) });
    } else {
      const recorded = await record(text, { request, upstream: options.upstream, hash, body });
      // Whoever is refused now may be answered next time.
      if (recorded.status === 200) {
        appendFileSync(options.file, `${JSON.stringify(recorded)}\n`);
        counts.recorded += 1;
      }
      send(response, recorded);
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((failure: unknown) =>
      send(response, {
        status: 502,
        contentType: "application/json",
        answer: JSON.stringify({ error: { code: "cassette", message: String(failure) } }),
      }),
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    counts,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of everything that was asked, whatever the order of its fields. */
function hashOf(body: unknown): string {
  return createHash("sha256").update(canonicalJson(body)).digest("hex").slice(0, 32);
}

type Tape = Map<string, Recorded[]>;

function readTape(file: string): Tape {
  const tape: Tape = new Map();
  if (!existsSync(file)) return tape;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const recorded = JSON.parse(line) as Recorded;
    tape.set(recorded.hash, [...(tape.get(recorded.hash) ?? []), recorded]);
  }
  return tape;
}

function next(tape: Tape, hash: string): Recorded | null {
  const answers = tape.get(hash);
  return (answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0]) ?? null;
}

interface Asking {
  readonly request: IncomingMessage;
  readonly upstream: string;
  readonly hash: string;
  readonly body: unknown;
}

async function record(text: string, { request, upstream, hash, body }: Asking): Promise<Recorded> {
  const key = request.headers.authorization;
  const response = await fetch(`${upstream.replace(/\/$/, "")}/chat/completions`, {
    method: "POST",
    redirect: "error",
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: key }),
    },
    body: text,
  });
  const contentType = response.headers.get("content-type") ?? "";
  return {
    hash,
    request: body,
    status: response.status,
    contentType,
    answer: await response.text(),
  };
}

function send(
  response: ServerResponse,
  { status, contentType, answer }: Pick<Recorded, "status" | "contentType" | "answer">,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": contentType }).end(answer);
}
