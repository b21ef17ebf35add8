import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { describeError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { retry } from "../../../kernel/retry.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import {
  failureOfQuery,
  failureOfStatus,
  failureOnTheWay,
  mayStillHappen,
  type Refusal,
  refusalOf,
  wordsOf,
} from "./errors.ts";
import { bodyOfForm, bodyOfLines, type HttpBody, openInfluxHttp } from "./influx-http.ts";

/** Values of a query; names of things cannot be parameters and come from our own lists only. */
export type Params = Readonly<Record<string, string>>;

/** One table of an answer. */
export interface Series {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

export interface InfluxClient {
  /** null: every point is on the server's disk. Throws when nothing can be said of the points. */
  write(policy: string, lines: readonly string[]): Promise<Refusal | null>;
  /** The series of each statement. Times are milliseconds. */
  query(text: string, params?: Params): Promise<readonly (readonly Series[])[]>;
  /** The server's clock at its last answer; null: there was none. */
  serverTime(): EpochMs | null;
  /** What failed last and has not succeeded since. */
  failing(): IaiError | null;
  /** Writes so far of which it is not known whether and when they are carried out, sent again or not. */
  unanswered(): number;
  close(): void;
}

export interface InfluxClientDeps {
  readonly config: InfluxTelemetryConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1); spreads the retries of several processes. */
  readonly random: () => number;
}

interface Message {
  readonly action: "write" | "query";
  readonly path: string;
  readonly body: HttpBody;
}

interface Answer {
  readonly text: string;
  readonly refusal: Refusal | null;
}

/** A request that got no answer is sent again, which the server's upserts make harmless. */
export async function openInfluxClient(deps: InfluxClientDeps): Promise<InfluxClient> {
  const { config, clock, log, random } = deps;
  const http = await openInfluxHttp(config, log);
  const closing = new AbortController();
  const { signal } = closing;
  const policy = { baseMs: 100, maxMs: 2_000, attempts: config.attempts };
  let failing: IaiError | null = null;
  let unanswered = 0;

  const attempt = async ({ action, path, body }: Message): Promise<Answer> => {
    const limits = { clock, ms: config.timeoutMs, signal };
    const { status, text } = await withDeadline(limits, (limited) =>
      http.post(path, body, limited),
    ).catch((failure: unknown) => {
      throw failureOnTheWay(failure, action);
    });
    if (status < 300) return { text, refusal: null };
    if (action === "write") return { text, refusal: refusalOf(status, text) };
    throw failureOfStatus(status, wordsOf(text), action);
  };
  const counted = (message: Message): Promise<Answer> =>
    attempt(message).catch((failure: unknown) => {
      if (message.action === "write" && mayStillHappen(failure)) unanswered += 1;
      throw failure;
    });
  const request = async (message: Message): Promise<Answer> => {
    try {
      const answer = await retry(() => counted(message), {
        ...{ clock, policy, signal, random },
        isRetryable: isUnreachable,
        onRetry: (failure, count, waitMs) =>
          log.warn("influxdb.request.retried", { error: String(failure), count, waitMs }),
      });
      failing = null;
      return answer;
    } catch (failure) {
      if (failure instanceof IaiError && describeError(failure.code).retry) failing = failure;
      throw failure;
    }
  };

  return {
    write: async (rp, lines) => {
      const search = new URLSearchParams({ db: config.database, rp, precision: "ms" });
      const body = await bodyOfLines(lines);
      return (await request({ action: "write", path: `/write?${search}`, body })).refusal;
    },
    query: async (text, params = {}) => {
      const path = `/query?${new URLSearchParams({ db: config.database, epoch: "ms" })}`;
      const body = bodyOfForm({ q: text, params: JSON.stringify(params) });
      return resultsOf((await request({ action: "query", path, body })).text);
    },
    serverTime: http.serverTime,
    failing: () => failing,
    unanswered: () => unanswered,
    close: () => {
      closing.abort(new Error("IAI is stopping"));
      http.close();
    },
  };
}

function isUnreachable(failure: unknown): boolean {
  return failure instanceof IaiError && failure.code === "TELEMETRY_UNREACHABLE";
}

function resultsOf(text: string): readonly (readonly Series[])[] {
  const { results } = parse(text);
  return results.map(({ error, series }) => {
    if (error !== undefined) throw failureOfQuery(error);
    // A table without rows has no `values` at all.
    return (series ?? []).map((one) => ({ ...one, values: one.values ?? [] }));
  });
}

interface QueryAnswer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly (Omit<Series, "values"> & Partial<Series>)[];
  }[];
}

function parse(text: string): QueryAnswer {
  try {
    return JSON.parse(text) as QueryAnswer;
  } catch (failure) {
    throw failureOnTheWay(failure, "query");
  }
}
