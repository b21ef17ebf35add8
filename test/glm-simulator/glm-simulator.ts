import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../src/kernel/clock.ts";
import { type BehaviourName, behaviours } from "./behaviours.ts";
import { type AnswerWriter, type ChatRequest, completionOf, type Turn } from "./chat-dialect.ts";
import type { Exchange } from "./exchange.ts";
import { sampleAnswer } from "./sample-answer.ts";

/** A request that arrived, for whoever asserts on what left IAI. */
export interface RecordedRequest {
  /** By the machine's monotonic clock. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ChatRequest;
  /** The body as it came. */
  readonly text: string;
  readonly behaviour: BehaviourName;
}

/** One behaviour for all, or one a request. */
export type Casting = BehaviourName | ((request: ChatRequest) => BehaviourName);

export interface SimulatorOptions {
  readonly behaviour?: Casting;
  /** Writes what a good model would say; by default the smallest answer that fits the schema. */
  readonly answer?: AnswerWriter;
  /** Each answer takes this long, ms. */
  readonly latencyMs?: number;
  /** Requests at the same time that the account allows; more are refused with 1302. */
  readonly concurrency?: number;
  /** 0: a free one. */
  readonly port?: number;
}

/** An HTTP server that speaks GLM's dialect and behaves as it is told. */
export interface GlmSimulator {
  /** What `languageModel.baseUrl` takes. */
  readonly baseUrl: string;
  behaviour: Casting;
  answer: AnswerWriter;
  latencyMs: number;
  concurrency: number;
  /** These come first, one a request; then `behaviour` again. */
  script(...names: readonly BehaviourName[]): void;
  readonly requests: readonly RecordedRequest[];
  /** Most requests that were under way at the same time. */
  readonly inFlightMax: number;
  forget(): void;
  close(): Promise<void>;
}

const path = "/api/paas/v4";
/** A body of ours is never longer; a plant's whole history would be a mistake. */
const requestMaxBytes = 2 * 1024 * 1024;

export async function openGlmSimulator(options: SimulatorOptions = {}): Promise<GlmSimulator> {
  const closing = new AbortController();
  let requests: RecordedRequest[] = [];
  let scripted: BehaviourName[] = [];
  let inFlight = 0;
  let inFlightMax = 0;
  let count = 0;

  const choose = (request: ChatRequest): BehaviourName => {
    const next = scripted.shift();
    if (next !== undefined) return next;
    if (inFlight > simulator.concurrency) return "rate-1302";
    const { behaviour } = simulator;
    return typeof behaviour === "string" ? behaviour : behaviour(request);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readBody(request);
    const body = JSON.parse(text) as ChatRequest;
    const behaviour = choose(body);
    const { headers } = request;
    requests.push({ atMs: systemClock.monotonic(), headers, body, text, behaviour });
    const wait = (ms: number): Promise<void> => systemClock.sleep(ms, closing.signal);
    if (simulator.latencyMs > 0) await wait(simulator.latencyMs);
    count += 1;
    await behaviours[behaviour](exchangeOf({ request: body, response, wait, number: count }));
  };
  const exchangeOf = (
    base: Pick<Exchange, "request" | "response" | "wait"> & { readonly number: number },
  ): Exchange => {
    const { request, response, number } = base;
    const reply = (status: number, body: unknown): void => replyJson(response, status, body);
    const say = (turn: Turn): void => reply(200, completionOf(request, turn, number));
    return { ...base, reply, say, good: () => simulator.answer(request) };
  };
  const server = createServer((request, response) => {
    if (request.method !== "POST" || request.url !== `${path}/chat/completions`)
      return replyJson(response, 404, { error: { code: "404", message: "no such address" } });
    inFlight += 1;
    inFlightMax = Math.max(inFlightMax, inFlight);
    response.once("close", () => {
      inFlight -= 1;
    });
    answer(request, response).catch((failure: unknown) =>
      // A simulator that fails must not look like a behaviour of the model.
      replyJson(response, 400, { error: { code: "1210", message: `simulator: ${failure}` } }),
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const simulator: GlmSimulator = {
    baseUrl: `http://127.0.0.1:${port}${path}`,
    behaviour: options.behaviour ?? "good",
    answer: options.answer ?? sampleAnswer,
    latencyMs: options.latencyMs ?? 0,
    concurrency: options.concurrency ?? Number.POSITIVE_INFINITY,
    script: (...names) => {
      scripted = [...scripted, ...names];
    },
    get requests() {
      return requests;
    },
    get inFlightMax() {
      return inFlightMax;
    },
    forget: () => {
      requests = [];
      scripted = [];
      inFlightMax = 0;
    },
    close: async () => {
      closing.abort();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return simulator;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > requestMaxBytes) throw new Error("the request is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function replyJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
