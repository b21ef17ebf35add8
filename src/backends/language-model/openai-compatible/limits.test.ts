import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { aLanguageModel, modelConfig } from "../../../../test/fixtures/a-language-model.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { type Clock, SimulatedClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { createRandom } from "../../../kernel/random.ts";
import type { Severity } from "../../../model/alarm.ts";
import type { LanguageModelRequest } from "../../../ports/language-model.ts";
import type { HttpAnswer, Transport } from "./transport.ts";

const never = new AbortController().signal;
const MINUTE_MS = 60_000;

/** An endpoint in virtual time: it answers after `latencyMs`, and remembers who was there when. */
interface SimulatedEndpoint {
  readonly arrivals: { readonly name: string; readonly at: number }[];
  readonly signals: AbortSignal[];
  readonly now: { inFlight: number; inFlightMax: number };
  latencyMs: number;
  answer: () => Partial<HttpAnswer>;
  readonly transport: Transport;
}

function simulateEndpoint(clock: Clock): SimulatedEndpoint {
  const arrivals: SimulatedEndpoint["arrivals"] = [];
  const signals: AbortSignal[] = [];
  const now = { inFlight: 0, inFlightMax: 0 };
  const endpoint: SimulatedEndpoint = {
    arrivals,
    signals,
    now,
    latencyMs: 0,
    answer: () => ({}),
    transport: {
      post: async ({ body }, signal) => {
        const name = /call-\d+/.exec(body)?.[0] ?? "";
        arrivals.push({ name, at: clock.monotonic() });
        signals.push(signal);
        now.inFlight += 1;
        now.inFlightMax = Math.max(now.inFlightMax, now.inFlight);
        if (endpoint.latencyMs > 0) await clock.sleep(endpoint.latencyMs, signal);
        now.inFlight -= 1;
        signal.throwIfAborted();
        return { ...goodAnswer, ...endpoint.answer() };
      },
      close: () => undefined,
    },
  };
  return endpoint;
}

const goodAnswer: HttpAnswer = {
  status: 200,
  contentType: "application/json",
  text: JSON.stringify({
    model: "glm-4.7-flash",
    choices: [{ finish_reason: "stop", message: { role: "assistant", content: '{"ok":true}' } }],
    usage: { prompt_tokens: 300, completion_tokens: 100, total_tokens: 400 },
  }),
  retryAfterMs: null,
};
const errorAnswer = (status: number, code: string): Partial<HttpAnswer> => ({
  status,
  text: JSON.stringify({ error: { code, message: "no" } }),
});

function aQuestion(name: string, part: Partial<LanguageModelRequest> = {}): LanguageModelRequest {
  return {
    system: "Answer.",
    messages: [{ role: "user", text: name }],
    tools: [],
    schema: { type: "object" },
    maxOutputTokens: 100,
    priority: "P2",
    deadlineMs: 16_000,
    ...part,
  };
}

/** A model in virtual time. */
async function aModelInVirtualTime(part: Record<string, unknown>, latencyMs = 0) {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 5));
  const endpoint = simulateEndpoint(clock);
  const { transport } = endpoint;
  const model = await aLanguageModel(part, { clock, transport });
  endpoint.latencyMs = latencyMs;
  /** How a question ends, once it has; it is on its way when this resolves. */
  const ask = async (name: string, request: Partial<LanguageModelRequest> = {}) => {
    const asked = { end: null as string | null, endedAt: 0 };
    void model.complete(aQuestion(name, request), never).then(
      () => Object.assign(asked, { end: "answered", endedAt: clock.monotonic() }),
      (failure: unknown) =>
        Object.assign(asked, {
          end: failure instanceof IaiError ? failure.code : String(failure),
          endedAt: clock.monotonic(),
        }),
    );
    await clock.advance(0);
    return asked;
  };
  return { clock, endpoint, model, ask };
}

describe("limits of a language model", () => {
  it("keeps 200 calls of an alarm storm within the budget of every sliding minute, P0 first", async (t) => {
    const seed = 20261124;
    t.diagnostic(`seed ${seed}`);
    const random = createRandom(seed);
    const callsPerMinute = 12;
    const budget = { callsPerMinute, reservedForP0: 0.25 };
    const { clock, endpoint, ask } = await aModelInVirtualTime({ budget, concurrency: 2 }, 1_500);
    const beganAt = clock.monotonic();
    const asked = new Map<
      string,
      { priority: Severity; at: number; of: Awaited<ReturnType<typeof ask>> }
    >();
    for (let number = 0; number < 200; number += 1) {
      const priority: Severity =
        number % 25 === 0 ? "P0" : ((["P1", "P2", "P3"] as const)[random.integer(3)] ?? "P3");
      const name = `call-${number}`;
      asked.set(name, { priority, at: clock.monotonic(), of: await ask(name, { priority }) });
      // Bursts with pauses between them.
      await clock.advance(number % 20 === 19 ? 20_000 : random.integer(1_000));
    }
    await clock.advance(MINUTE_MS);

    const times = endpoint.arrivals.map(({ at }) => at);
    const inMinuteAfter = (from: number) =>
      times.filter((at) => at >= from && at < from + MINUTE_MS).length;
    assert.ok(times.every((at) => inMinuteAfter(at) <= callsPerMinute));
    // What is open to all was used up, and P0 had the rest.
    assert.ok(Math.max(...times.map(inMinuteAfter)) > callsPerMinute * 0.75);
    assert.ok(clock.monotonic() - beganAt > 3 * MINUTE_MS);
    assert.equal(endpoint.now.inFlightMax, 2);

    // Nobody left while somebody more urgent waited.
    for (const { name, at } of endpoint.arrivals) {
      const mine = asked.get(name)?.priority ?? "P3";
      const passedOver = [...asked].filter(([other, { priority, at: askedAt, of }]) => {
        const left = endpoint.arrivals.find((arrival) => arrival.name === other)?.at ?? of.endedAt;
        return priority < mine && askedAt < at && left > at;
      });
      assert.deepEqual(passedOver, [], name);
    }

    const ends = [...asked.values()].map(({ priority, of }) => ({ priority, end: of.end }));
    assert.deepEqual(
      ends.filter(({ priority, end }) => priority === "P0" && end !== "answered"),
      [],
    );
    const known = new Set(["answered", "LLM_BUDGET", "LLM_UNREACHABLE"]);
    assert.ok(ends.every(({ end }) => end !== null && known.has(end)));
    assert.ok(ends.some(({ end }) => end === "LLM_BUDGET"));
    assert.ok([...asked.values()].every(({ at, of }) => of.endedAt - at <= 16_000));
  });

  it("counts repeats in the budget too", async () => {
    const { clock, endpoint, ask } = await aModelInVirtualTime({
      budget: { callsPerMinute: 3, reservedForP0: 0 },
    });
    endpoint.answer = () => errorAnswer(429, "1302");
    const asked = await ask("call-1", { deadlineMs: 50_000 });
    await clock.advance(50_000);
    assert.equal(endpoint.arrivals.length, 3);
    assert.notEqual(asked.end, "answered");
  });

  it("refuses at once what cannot fit before its deadline, and says when it could", async () => {
    const { clock, model, ask } = await aModelInVirtualTime({ budget: { callsPerHour: 1 } });
    await ask("call-1");
    await clock.advance(10);
    await assert.rejects(model.complete(aQuestion("call-2"), never), (failure) => {
      isCode(failure, "LLM_BUDGET");
      const retryAfterMs = (failure as IaiError).data["retryAfterMs"];
      assert.ok(typeof retryAfterMs === "number" && retryAfterMs > 59 * MINUTE_MS);
      return true;
    });
  });

  it("keeps tokens within the budget, and corrects its estimate by what the endpoint counted", async () => {
    const budget = { tokensPerMinute: 1_000, reservedForP0: 0 };
    const { clock, model, ask } = await aModelInVirtualTime({ budget });
    const first = await ask("call-1");
    await clock.advance(10);
    assert.equal(first.end, "answered");
    assert.equal(model.state().used.tokensPerMinute, 400);
    const second = await ask("call-2");
    await clock.advance(10);
    assert.equal(second.end, "answered");
    const third = await ask("call-3", { maxOutputTokens: 600 });
    await clock.advance(10);
    assert.equal(third.end, "LLM_BUDGET");
    const tooBig = await ask("call-4", { maxOutputTokens: 2_000 });
    await clock.advance(10);
    assert.equal(tooBig.end, "LLM_BUDGET");
  });

  it("keeps money within the budget of a day", async () => {
    // 300 tokens of prompt and 100 of answer cost 0.3 + 0.2.
    const budget = { moneyPerDay: 1, inputPrice: 1, outputPrice: 2, reservedForP0: 0 };
    const { clock, model, ask } = await aModelInVirtualTime({ budget });
    for (const name of ["call-1", "call-2"]) {
      const asked = await ask(name);
      await clock.advance(10);
      assert.equal(asked.end, "answered");
    }
    assert.equal(model.state().used.moneyPerDay, 1);
    const third = await ask("call-3");
    await clock.advance(10);
    assert.equal(third.end, "LLM_BUDGET");
    await clock.advance(24 * 60 * MINUTE_MS + MINUTE_MS);
    const nextDay = await ask("call-4");
    await clock.advance(10);
    assert.equal(nextDay.end, "answered");
  });

  it("leaves an endpoint alone that does not answer, lets one call try, and doubles the pause", async () => {
    const breaker = { failures: 2, pauseMs: 10_000 };
    const { clock, endpoint, model, ask } = await aModelInVirtualTime({ attempts: 1, breaker });
    endpoint.answer = () => errorAnswer(500, "500");
    for (const name of ["call-1", "call-2", "call-3"]) {
      await ask(name);
      await clock.advance(10);
    }
    assert.equal(endpoint.arrivals.length, 2);
    assert.equal(model.state().breaker, "open");
    await clock.advance(10_000);
    assert.equal(model.state().breaker, "half_open");
    endpoint.latencyMs = 1_000;
    const probe = await ask("call-4");
    await clock.advance(500);
    const besideIt = await ask("call-5");
    await clock.advance(600);
    assert.equal(probe.end, "LLM_UNREACHABLE");
    assert.equal(besideIt.end, "LLM_PAUSED");
    assert.equal(endpoint.arrivals.length, 3);
    await clock.advance(15_000);
    assert.equal(model.state().breaker, "open");
    await clock.advance(5_000);
    endpoint.answer = () => ({});
    const healed = await ask("call-6");
    await clock.advance(1_100);
    assert.equal(healed.end, "answered");
    assert.equal(model.state().breaker, "closed");
    assert.equal(model.state().away, null);
  });

  it("takes silence until the deadline as a sign, and a caller who gives up as none", async () => {
    const breaker = { failures: 1, pauseMs: 10_000 };
    const { clock, endpoint, model, ask } = await aModelInVirtualTime({ breaker });
    endpoint.latencyMs = 3_600_000;
    const caller = new AbortController();
    const left = model.complete(aQuestion("call-1"), caller.signal).catch(() => "left");
    await clock.advance(5_000);
    caller.abort();
    await left;
    assert.equal(model.state().breaker, "closed");
    await ask("call-2", { deadlineMs: 1_000 });
    await clock.advance(1_000);
    assert.equal(model.state().breaker, "closed", "a second is too short to tell");
    const silent = await ask("call-3");
    await clock.advance(16_000);
    assert.equal(silent.end, "LLM_UNREACHABLE");
    assert.equal(model.state().breaker, "open");
  });

  it("follows new limits while calls wait, and forgets nothing that is spent", async () => {
    const part = { budget: { callsPerMinute: 2, reservedForP0: 0 }, concurrency: 1 };
    const { clock, endpoint, model, ask } = await aModelInVirtualTime(part, 1_000);
    const asked = await Promise.all(
      ["call-1", "call-2", "call-3", "call-4"].map((name) => ask(name, { deadlineMs: 70_000 })),
    );
    await clock.advance(3_000);
    assert.equal(endpoint.arrivals.length, 2);
    await model.reconfigure(
      modelConfig({ budget: { callsPerMinute: 3, reservedForP0: 0 }, concurrency: 4 }),
    );
    await clock.advance(3_000);
    assert.equal(endpoint.arrivals.length, 3);
    await clock.advance(60_000);
    assert.deepEqual(
      asked.map(({ end }) => end),
      ["answered", "answered", "answered", "answered"],
    );
  });

  it("leaves nothing behind that would keep a call in memory", async () => {
    const { clock, endpoint, ask } = await aModelInVirtualTime({ concurrency: 1 });
    const asked = [await ask("call-1"), await ask("call-2"), await ask("call-3")];
    await clock.advance(10);
    assert.ok(asked.every(({ end }) => end === "answered"));
    assert.deepEqual(
      endpoint.signals.map((signal) => getEventListeners(signal, "abort").length),
      [0, 0, 0],
    );
  });

  it("refuses more waiting calls than it may hold", async () => {
    const { clock, ask } = await aModelInVirtualTime({ concurrency: 1, waitingMax: 1 }, 5_000);
    const asked = await Promise.all(["call-1", "call-2", "call-3"].map((name) => ask(name)));
    await clock.advance(11_000);
    assert.deepEqual(
      asked.map(({ end }) => end),
      ["answered", "answered", "QUEUE_FULL"],
    );
  });
});
