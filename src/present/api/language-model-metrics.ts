import { Counter, Gauge, type Registry } from "prom-client";
import type { EpochMs } from "../../model/basics.ts";

/** How a language model stands and what was asked of it since the start. */
export interface LanguageModelState {
  /** Questions by their end: `answered`, or why there was no answer. */
  readonly ends: Readonly<Record<string, number>>;
  /** Requests that left, repeats included. */
  readonly calls: number;
  readonly repeats: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly repairs: number;
  readonly breaker: "closed" | "open" | "half_open";
  /** Why it is left alone, since when; null: it is not. */
  readonly away: { readonly since: EpochMs; readonly reason: string } | null;
  readonly running: number;
  readonly waiting: number;
  readonly used: {
    readonly callsPerMinute: number;
    readonly callsPerHour: number;
    readonly tokensPerMinute: number;
    readonly tokensPerHour: number;
    readonly moneyPerDay: number;
  };
}

const breakerValue = { closed: 0, half_open: 0.5, open: 1 } as const;

/** Counters and gauges of the language model; without one they have no values. */
export function languageModelMetrics(
  registry: Registry,
  health: { languageModel(): LanguageModelState | null },
): void {
  type Values = readonly (readonly [Readonly<Record<string, string>>, number])[];
  const read = (values: (now: LanguageModelState) => Values) => (): Values => {
    const now = health.languageModel();
    return now === null ? [] : values(now);
  };
  const total = (name: string, about: { help: string; labels?: string[] }, values: () => Values) =>
    new Counter({
      name: `iai_language_model_${name}_total`,
      help: about.help,
      labelNames: about.labels ?? [],
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    });
  const gauge = (name: string, about: { help: string; labels: string[] }, values: () => Values) =>
    new Gauge({
      name: `iai_language_model_${name}`,
      help: about.help,
      labelNames: about.labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.set(labels, value);
      },
    });
  total(
    "questions",
    { help: "Questions by their end; budget and paused were never sent", labels: ["end"] },
    read(({ ends }) => Object.entries(ends).map(([end, count]) => [{ end }, count] as const)),
  );
  total(
    "calls",
    { help: "Requests sent, repeats included" },
    read(({ calls }) => [[{}, calls]]),
  );
  total(
    "repeats",
    { help: "Requests sent again" },
    read(({ repeats }) => [[{}, repeats]]),
  );
  total(
    "repairs",
    { help: "Tool calls repaired" },
    read(({ repairs }) => [[{}, repairs]]),
  );
  total(
    "tokens",
    { help: "Tokens of prompts and answers", labels: ["direction"] },
    read(({ inputTokens, outputTokens }) => [
      [{ direction: "input" }, inputTokens],
      [{ direction: "output" }, outputTokens],
    ]),
  );
  gauge(
    "queue_calls",
    { help: "Calls under way and waiting", labels: ["state"] },
    read(({ running, waiting }) => [
      [{ state: "running" }, running],
      [{ state: "waiting" }, waiting],
    ]),
  );
  gauge(
    "breaker_open_ratio",
    { help: "0: it is asked; 1: it is left alone; 0.5: one call tries", labels: [] },
    read(({ breaker }) => [[{}, breakerValue[breaker]]]),
  );
  gauge(
    "budget_used_count",
    { help: "What is used of each budget in its sliding window", labels: ["budget"] },
    read(({ used }) => Object.entries(used).map(([budget, count]) => [{ budget }, count] as const)),
  );
}
