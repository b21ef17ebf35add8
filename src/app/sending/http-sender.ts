import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";

/** A reading in wire form, ready to be sent. */
export type WireReading = Readonly<Record<string, unknown>>;

export interface SendAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly code: string;
    readonly detail: string;
  }[];
  readonly degraded: readonly unknown[];
}

export interface HttpSenderOptions {
  /** Base address of a running IAI. */
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Sends batches in order; waits and tries again when IAI says "later" or is away, for at most five minutes. */
export interface HttpSender {
  /** Throws at once when nobody answers at the address: a wrong address is not worth five minutes. */
  greet(): Promise<void>;
  send(readings: readonly WireReading[]): Promise<SendAnswer>;
}

const GIVE_UP_AFTER: Ms = 300_000;
const GREETING_MS: Ms = 10_000;
const ANSWER_MS: Ms = 30_000;

export function createHttpSender(options: HttpSenderOptions): HttpSender {
  const address = addressOf("/api/v1/readings", options.url);
  const headers = { authorization: `Bearer ${options.key}`, "content-type": "application/json" };
  return {
    greet: () => greet(options),
    send: async (readings) => {
      const body = JSON.stringify(readings);
      const begin = options.clock.monotonic();
      for (let waitMs = 200; ; waitMs = Math.min(5_000, waitMs * 2)) {
        const answer = await tryOnce(address, headers, body);
        if (answer.done) return answer.value;
        if (options.signal.aborted || options.clock.monotonic() - begin > GIVE_UP_AFTER) {
          throw new IaiError(
            "BUS_UNREACHABLE",
            `Cannot send ${readings.length} readings to ${options.url}: ${answer.reason}, none of them was accepted`,
          );
        }
        await options.clock.sleep(answer.retryAfterMs ?? waitMs, options.signal);
      }
    },
  };
}

function addressOf(path: string, base: string): URL {
  const address = URL.parse(path, base);
  if (address !== null && /^https?:$/.test(address.protocol)) return address;
  throw new IaiError("USAGE", `Cannot send readings: --url must be an address, got "${base}"`);
}

async function greet({ url, signal }: HttpSenderOptions): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(GREETING_MS)]);
  try {
    const answer = await fetch(addressOf("/healthz", url), { signal: limit });
    await answer.body?.cancel();
  } catch (cause) {
    if (cause instanceof IaiError) throw cause;
    const message = `Cannot send readings to ${url}: nobody answers there, nothing was sent`;
    throw new IaiError("BUS_UNREACHABLE", message, { cause });
  }
}

type Try =
  | { readonly done: true; readonly value: SendAnswer }
  | { readonly done: false; readonly reason: string; readonly retryAfterMs: Ms | null };

async function tryOnce(address: URL, headers: Record<string, string>, body: string): Promise<Try> {
  let response: Response;
  try {
    // What is under way is brought to its end: only the waiting stops early.
    const signal = AbortSignal.timeout(ANSWER_MS);
    response = await fetch(address, { method: "POST", headers, body, signal });
  } catch (failure) {
    return {
      done: false,
      reason: `no answer (${failure instanceof Error ? failure.message : String(failure)})`,
      retryAfterMs: null,
    };
  }
  const answer = (await response.json().catch(() => ({}))) as Partial<SendAnswer> & {
    detail?: string;
    code?: string;
  };
  if (response.status === 503 || response.status === 429) {
    const seconds = Number(response.headers.get("retry-after") ?? "1");
    return {
      done: false,
      reason: answer.detail ?? `HTTP ${response.status}`,
      retryAfterMs: seconds * 1000,
    };
  }
  if (response.status !== 200 && answer.rejected === undefined) {
    const code =
      response.status === 401
        ? "UNAUTHENTICATED"
        : response.status === 403
          ? "FORBIDDEN"
          : "INVALID_REQUEST";
    throw new IaiError(
      code,
      `Cannot send readings to ${address.origin}: ${answer.detail ?? `HTTP ${response.status}`}`,
    );
  }
  return {
    done: true,
    value: {
      accepted: answer.accepted ?? 0,
      duplicates: answer.duplicates ?? 0,
      rejected: answer.rejected ?? [],
      degraded: answer.degraded ?? [],
    },
  };
}

/** How event time passes: at `speed` times real time from `startAt` on, or without waiting (`null`). */
export interface Pace {
  readonly speed: number | null;
  /** Event time at the moment `begunAt` of the monotonic clock. */
  readonly startAt: EpochMs;
  readonly begunAt: Ms;
}

/** Waits until event time has reached `at`. */
export async function waitFor(
  at: EpochMs,
  pace: Pace,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (pace.speed === null) return;
  const dueAt = pace.begunAt + (at - pace.startAt) / pace.speed;
  const waitMs = dueAt - clock.monotonic();
  if (waitMs > 0) await clock.sleep(waitMs, signal);
}
