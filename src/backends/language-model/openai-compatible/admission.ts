import type { Clock } from "../../../kernel/clock.ts";
import { type ErrorCode, IaiError } from "../../../kernel/errors.ts";
import type { Severity } from "../../../model/alarm.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Breaker } from "./breaker.ts";
import type { Budget, Tokens } from "./budget.ts";

/** A call that wants to leave. */
export interface Wish {
  readonly priority: Severity;
  /** The most it may take. */
  readonly tokens: Tokens;
  /** By the monotonic clock: later it is of no use. */
  readonly untilMs: Ms;
}

export interface Place {
  /** Gives the place back. */
  leave(): void;
  /** What the call really took. */
  settle(actual: Tokens): void;
}

/**
 * Who may call the model, and when: a few at a time, P0 first, within the budget, and nobody while the breaker is
 * open. A wish that cannot be met before its deadline is refused at once: LLM_BUDGET, LLM_PAUSED, QUEUE_FULL.
 */
export interface Admission {
  enter(wish: Wish, signal: AbortSignal): Promise<Place>;
  /** Limits have changed. */
  refresh(): void;
  counts(): { readonly running: number; readonly waiting: number };
}

export interface AdmissionDeps {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly breaker: Pick<Breaker, "refusal">;
  readonly limits: () => { readonly concurrency: number; readonly waitingMax: number };
}

interface Waiting extends Wish {
  readonly number: number;
  readonly admit: (place: Place) => void;
  readonly refuse: (failure: unknown) => void;
}

export function createAdmission({ clock, budget, breaker, limits }: AdmissionDeps): Admission {
  let waiting: Waiting[] = [];
  let running = 0;
  let arrived = 0;
  let alarm = new AbortController();

  const leaveQueue = (one: Waiting): void => {
    waiting = waiting.filter((other) => other !== one);
  };
  const start = (one: Waiting): void => {
    leaveQueue(one);
    running += 1;
    const settle = budget.spend(one.tokens);
    one.admit({ leave: once(() => gaveBack()), settle });
  };
  const gaveBack = (): void => {
    running -= 1;
    serve();
  };
  const serveAfter = (ms: Ms): void => {
    alarm = new AbortController();
    const { signal } = alarm;
    void clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) serve();
    });
  };
  /** Starts whoever may start; the head of the queue is the most urgent. */
  const serve = (): void => {
    alarm.abort();
    for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
      const paused = breaker.refusal();
      if (paused !== null) {
        refuseAll(pausedFailure(paused));
        return;
      }
      if (running >= limits().concurrency) return;
      const waitMs = budget.waitMs(head.tokens, head.priority);
      if (waitMs === 0) start(head);
      else if (clock.monotonic() + waitMs < head.untilMs) {
        serveAfter(waitMs);
        return;
      } else {
        leaveQueue(head);
        head.refuse(budgetFailure(waitMs));
      }
    }
  };
  const refuseAll = (failure: IaiError): void => {
    const all = waiting;
    waiting = [];
    for (const { refuse } of all) refuse(failure);
  };
  return {
    enter: (wish, signal) =>
      new Promise<Place>((admit, refuse) => {
        signal.throwIfAborted();
        if (waiting.length >= limits().waitingMax) throw fullFailure(waiting.length);
        const giveUp = (): void => {
          leaveQueue(one);
          refuse(signal.reason);
        };
        // A listener that stays would keep the signal of each call in memory for as long as IAI runs.
        const settled = <A>(settle: (argument: A) => void) => {
          return (argument: A): void => {
            signal.removeEventListener("abort", giveUp);
            settle(argument);
          };
        };
        const number = arrived;
        const one: Waiting = { ...wish, number, admit: settled(admit), refuse: settled(refuse) };
        arrived += 1;
        signal.addEventListener("abort", giveUp, { once: true });
        waiting.push(one);
        waiting.sort(byUrgency);
        serve();
      }),
    refresh: serve,
    counts: () => ({ running, waiting: waiting.length }),
  };
}

function byUrgency(a: Waiting, b: Waiting): number {
  if (a.priority === b.priority) return a.number - b.number;
  return a.priority < b.priority ? -1 : 1;
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}

function refusal(code: ErrorCode, reason: string, data: Record<string, unknown>): IaiError {
  const message = `Cannot ask the language model: ${reason}, it was not asked`;
  return new IaiError(code, message, { data });
}

function budgetFailure(waitMs: Ms): IaiError {
  if (!Number.isFinite(waitMs))
    return refusal("LLM_BUDGET", "this call alone is more than the budget allows", {});
  const seconds = Math.ceil(waitMs / 1_000);
  const data = { retryAfterMs: waitMs };
  return refusal("LLM_BUDGET", `the budget is used up for ${seconds} s more`, data);
}

function pausedFailure({ retryAfterMs, reason }: { retryAfterMs: Ms; reason: string }): IaiError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return refusal("LLM_PAUSED", `it is left alone for ${seconds} s more (${reason})`, {
    retryAfterMs,
  });
}

function fullFailure(others: number): IaiError {
  return refusal("QUEUE_FULL", `${others} other calls wait`, {});
}
