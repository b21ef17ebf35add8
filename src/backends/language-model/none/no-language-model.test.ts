import assert from "node:assert/strict";
import { it } from "node:test";
import { languageModelContract } from "../../../../test/contract/language-model.ts";
import { createNoLanguageModel } from "./no-language-model.ts";

languageModelContract("none", { open: async () => createNoLanguageModel() });

it("is a normal way to run: it tells that there is none before anybody asks", () => {
  assert.deepEqual(createNoLanguageModel().capabilities, { available: false, model: null });
});
