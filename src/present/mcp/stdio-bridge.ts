import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { createTurns } from "../../kernel/turns.ts";
import { type Message, messageHeaders, messagesOf } from "./http-messages.ts";

export interface BridgeOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Of the endpoint, e.g. `http://127.0.0.1:8000/mcp`. */
  readonly url: URL;
  readonly key: string;
  /** What a person reads: the channel of the messages stays clean. */
  readonly complain: (line: string) => void;
}

/** A longer line is no message of this protocol: the endpoint would refuse it too. */
const LINE_MAX = 1_048_576;
/** Requests on their way at once; the ones after wait. */
const IN_FLIGHT = 16;

/**
 * MCP over stdio, carried line by line to the endpoint of a running IAI: one server, two ways in, the same key and
 * the same rules. Ends when the input ends and all is answered. Every request gets an answer, also when IAI is away.
 */
export async function bridgeStdio(options: BridgeOptions): Promise<void> {
  const turns = createTurns({ places: IN_FLIGHT, waitingMax: 10_000, action: "carry the message" });
  const open = new Map<string | number, AbortController>();
  const state: State = { protocolVersion: null };
  const work = new Set<Promise<void>>();
  for await (const line of createInterface({ input: options.input })) {
    if (line.trim() === "") continue;
    const message = parse(line);
    if (message === null) {
      write(options, failure(null, -32_700, "Cannot read the line: it is no JSON-RPC message"));
      continue;
    }
    if (message.method === "notifications/cancelled") {
      open.get(message.params?.["requestId"] as string | number)?.abort();
      continue;
    }
    const done = turns
      .use(() => carry(options, { message, line, open, state }))
      .catch((reason: unknown) => options.complain(String(reason)))
      .finally(() => work.delete(done));
    work.add(done);
    // What comes after the handshake names the version that it agreed on.
    if (message.method === "initialize") await done;
  }
  await Promise.all(work);
}

interface State {
  /** Agreed in the handshake of the 2025 revisions; later ones say it in each message. */
  protocolVersion: string | null;
}

interface Carried {
  readonly message: Message;
  readonly line: string;
  readonly open: Map<string | number, AbortController>;
  readonly state: State;
}

function parse(line: string): Message | null {
  if (line.length > LINE_MAX) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

async function carry(options: BridgeOptions, { message, line, open, state }: Carried) {
  const { id = null } = message;
  const gone = new AbortController();
  if (id !== null) open.set(id, gone);
  try {
    const answer = await fetch(options.url, {
      method: "POST",
      headers: {
        ...messageHeaders(message, state.protocolVersion),
        authorization: `Bearer ${options.key}`,
      },
      body: line,
      signal: gone.signal,
      redirect: "error",
    });
    for await (const said of messagesOf(answer)) {
      const version = said.result?.["protocolVersion"];
      if (message.method === "initialize" && typeof version === "string")
        state.protocolVersion = version;
      if (said.id !== undefined || said.method !== undefined) write(options, said);
      else if (id !== null) write(options, refusal(id, answer.status, said));
    }
  } catch (reason) {
    if (gone.signal.aborted) return;
    const text = `No answer from IAI at ${options.url.origin}: it does not run there, or the way is closed`;
    options.complain(`${text} (${String(reason)})`);
    if (id !== null) write(options, failure(id, -32_000, text));
  } finally {
    if (id !== null) open.delete(id);
  }
}

/** A refusal before the protocol, as `application/problem+json` tells it. */
function refusal(id: string | number, status: number, problem: object): object {
  const { code, detail, remedy } = problem as Readonly<Record<string, unknown>>;
  const text = typeof detail === "string" ? detail : `IAI refused with status ${status}`;
  return failure(id, -32_000, text, { status, code, remedy });
}

function failure(id: string | number | null, code: number, message: string, data?: object): object {
  return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function write({ output }: BridgeOptions, message: object): void {
  output.write(`${JSON.stringify(message)}\n`);
}
