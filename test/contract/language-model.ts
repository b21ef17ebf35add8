import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { LanguageModel } from "../../src/ports/language-model.ts";
import { isCode } from "../fixtures/is-code.ts";

export interface LanguageModelSuite {
  readonly open: () => Promise<LanguageModel>;
}

const request = {
  system: "Answer with the number of letters.",
  messages: [{ role: "user", text: "pump" }],
  tools: [],
  schema: { type: "object", properties: { letters: { type: "integer" } }, required: ["letters"] },
  maxOutputTokens: 100,
  priority: "P2",
  deadlineMs: 5_000,
} as const;

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

    it("is closed once and for all", async () => {
      await model.close();
      await model.close();
      await assert.rejects(model.complete(request, new AbortController().signal));
    });
  });
}
