import { IaiError } from "../../../kernel/errors.ts";
import type { LanguageModel } from "../../../ports/language-model.ts";

/** No language model is configured: a normal way to run, rule reports are complete reports. */
export function createNoLanguageModel(): LanguageModel {
  return {
    capabilities: { available: false, model: null },
    complete: async () => {
      const message = "Cannot ask a language model: none is configured, the rule report stands";
      throw new IaiError("LLM_NONE", message);
    },
    close: async () => undefined,
  };
}
