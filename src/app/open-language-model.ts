import type {
  ModelState,
  OpenAiCompatibleLanguageModel,
} from "../backends/language-model/openai-compatible/openai-compatible-language-model.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { Config } from "./config/schema.ts";

/** A language model, how it stands, and the way to change its limits while it is asked. */
export interface OpenLanguageModel extends LanguageModel {
  /** null: there is none. */
  state(): ModelState | null;
  /** False: another kind is wanted, which must be opened anew. */
  reconfigure(config: Config["languageModel"]): Promise<boolean>;
}

export function openNone(model: LanguageModel): OpenLanguageModel {
  return { ...model, state: () => null, reconfigure: async ({ kind }) => kind === "none" };
}

export function openEndpoint(model: OpenAiCompatibleLanguageModel): OpenLanguageModel {
  return {
    ...model,
    reconfigure: async (config) => {
      if (config.kind !== "openai-compatible") return false;
      await model.reconfigure(config);
      return true;
    },
  };
}
