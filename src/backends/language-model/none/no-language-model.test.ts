import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IaiError } from "../../../kernel/errors.ts";
import { createNoLanguageModel } from "./no-language-model.ts";

describe("no language model", () => {
  it("says that none is available and refuses to be asked", async () => {
    const model = createNoLanguageModel();
    assert.deepEqual(model.capabilities, { available: false, model: null });
    const request = { system: "", user: "", schema: {}, deadlineMs: 1 };
    await assert.rejects(
      model.complete(request, AbortSignal.abort()),
      (failure) => failure instanceof IaiError && failure.code === "LLM_NONE",
    );
    await model.close();
  });
});
