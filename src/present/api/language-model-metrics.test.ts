import assert from "node:assert/strict";
import { it } from "node:test";
import { Registry } from "prom-client";
import { type LanguageModelState, languageModelMetrics } from "./language-model-metrics.ts";

const state: LanguageModelState = {
  ends: { answered: 5, budget: 2 },
  calls: 8,
  repeats: 3,
  inputTokens: 900,
  outputTokens: 100,
  repairs: 1,
  breaker: "half_open",
  away: { since: 0, reason: "no answer" },
  running: 1,
  waiting: 4,
  used: {
    callsPerMinute: 3,
    callsPerHour: 8,
    tokensPerMinute: 0,
    tokensPerHour: 0,
    moneyPerDay: 0,
  },
};

async function valuesOf(now: LanguageModelState | null): Promise<readonly string[]> {
  const registry = new Registry();
  languageModelMetrics(registry, { languageModel: () => now });
  // A second scrape must not add to the first.
  await registry.metrics();
  return (await registry.metrics()).split("\n").filter((line) => /^[^#]/.test(line));
}

it("counts calls, tokens, repeats, refusals and budgets, and shows queue and breaker", async () => {
  const values = await valuesOf(state);
  for (const line of [
    'iai_language_model_questions_total{end="answered"} 5',
    'iai_language_model_questions_total{end="budget"} 2',
    "iai_language_model_calls_total 8",
    "iai_language_model_repeats_total 3",
    'iai_language_model_tokens_total{direction="input"} 900',
    'iai_language_model_queue_calls{state="waiting"} 4',
    "iai_language_model_breaker_open_ratio 0.5",
    'iai_language_model_budget_used_count{budget="callsPerMinute"} 3',
  ])
    assert.ok(values.includes(line), `${line}\n${values.join("\n")}`);
});

it("tells no breaker, queue or budget where there is no language model", async () => {
  const values = await valuesOf(null);
  assert.deepEqual(
    values.filter((line) => /breaker|queue|budget/.test(line) && !line.endsWith(" 0")),
    [],
  );
});
