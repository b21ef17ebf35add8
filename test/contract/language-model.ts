import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { systemClock } from "../../src/kernel/clock.ts";
import type { LanguageModel, LanguageModelRequest } from "../../src/ports/language-model.ts";
import { isCode } from "../fixtures/is-code.ts";

export interface LanguageModelSuite {
  readonly open: () => Promise<LanguageModel>;
  /** Opens one whose endpoint takes questions and never answers; absent: there is no endpoint. */
  readonly openSilent?: () => Promise<LanguageModel>;
}

const request: LanguageModelRequest = {
  system: "Answer with the number of letters.",
  messages: [{ role: "user", text: "pump" }],
  tools: [],
  schema: { type: "object", properties: { letters: { type: "integer" } }, required: ["letters"] },
  maxOutputTokens: 100,
  priority: "P2",
  deadlineMs: 5_000,
};
const tool = {
  name: "count_letters",
  description: "Counts the letters of a word",
  inputSchema: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
};
/** Far more than the deadlines below, and far less than what a hanging socket takes. */
const soonMs = 2_000;

/** What every language model promises, one that is not there included. */
export function languageModelContract(name: string, suite: LanguageModelSuite): void {
  describe(`language model: ${name}`, () => {
    let model: LanguageModel;
    beforeEach(async () => {
      model = await suite.open();
    });
    afterEach(() => model.close());

    it("names its model exactly when one is available", () => {
      const { available, model: known } = model.capabilities;
      assert.equal(known !== null, available);
    });

    it("answers in JSON when it is available, and says LLM_NONE otherwise", async () => {
      const asked = model.complete(request, new AbortController().signal);
      if (!model.capabilities.available) {
        await assert.rejects(asked, (failure) => isCode(failure, "LLM_NONE"));
        return;
      }
      const answer = await asked;
      assert.equal(typeof answer.json, "object");
      assert.equal(answer.model, model.capabilities.model);
      assert.ok(answer.tokensUsed >= 0);
    });

    it("asks for a tool, and answers when it has its result", async () => {
      if (!model.capabilities.available) return;
      const never = new AbortController().signal;
      const asked = await model.complete({ ...request, tools: [tool] }, never);
      const [call] = asked.toolCalls;
      assert.equal(call?.name, tool.name);
      assert.equal(asked.json, undefined);
      const { text, reasoning, toolCalls } = asked;
      const result = { letters: 4 };
      const messages: LanguageModelRequest["messages"] = [
        ...request.messages,
        { role: "model", text, reasoning, toolCalls },
        ...toolCalls.map(
          ({ callId, name: toolName }) =>
            ({ role: "tool", callId, name: toolName, json: result, isError: false }) as const,
        ),
      ];
      const answer = await model.complete({ ...request, tools: [tool], messages }, never);
      assert.deepEqual(answer.toolCalls, []);
      assert.equal(typeof answer.json, "object");
    });

    it("is closed once and for all", async () => {
      await model.close();
      await model.close();
      await assert.rejects(model.complete(request, new AbortController().signal));
    });
  });
  const { openSilent } = suite;
  if (openSilent !== undefined) silentContract(name, openSilent);
}

function silentContract(name: string, openSilent: () => Promise<LanguageModel>): void {
  describe(`language model without an answer: ${name}`, () => {
    let model: LanguageModel;
    beforeEach(async () => {
      model = await openSilent();
    });
    afterEach(() => model.close());

    /** Fails with this code, and soon. */
    const failsSoon = async (asked: Promise<unknown>, code: string) => {
      const beganAt = systemClock.monotonic();
      await assert.rejects(asked, (failure) => isCode(failure, code));
      assert.ok(systemClock.monotonic() - beganAt < soonMs);
    };

    it("is never later than the deadline", async () => {
      const never = new AbortController().signal;
      await failsSoon(model.complete({ ...request, deadlineMs: 200 }, never), "LLM_UNREACHABLE");
    });

    it("ends at once when the caller gives up, before and while it asks", async () => {
      const caller = new AbortController();
      const asked = model.complete({ ...request, deadlineMs: 60_000 }, caller.signal);
      caller.abort(new Error("no longer needed"));
      await failsSoon(asked, "LLM_UNREACHABLE");
      await failsSoon(model.complete(request, caller.signal), "LLM_UNREACHABLE");
    });

    it("ends what is under way when it closes", async () => {
      const never = new AbortController().signal;
      const asked = model.complete({ ...request, deadlineMs: 60_000 }, never);
      const ended = failsSoon(asked, "SHUTTING_DOWN");
      await model.close();
      await ended;
    });
  });
}
