import type { BilingualText } from "../../../model/diagnosis.ts";
import type { QuestionLanguage } from "../../../model/question.ts";

/** What is said in place of an answer that lies outside the plant's data; never a model's words. */
export const refusal: BilingualText = {
  zh: "抱歉，我只能依据本厂的数据回答有关这台设备及其产线、报警、工单和维修知识的问题。",
  en: "Sorry, I can only answer from this plant's data: this machine, its line, its alarms, work orders and maintenance knowledge.",
};

export const nothingHeld: BilingualText = {
  zh: "语言模型的回答没有一句能由数据证实，因此全部删去。",
  en: "No sentence of the language model's answer could be proven by the data, so all of it was struck.",
};

/** Said before the facts where no model answered. */
export function withoutModel(reason: string): BilingualText {
  if (reason === "LLM_NONE") {
    return {
      zh: "没有配置语言模型，无法回答问题本身。数据和规则所知如下。",
      en: "No language model is configured, so the question itself cannot be answered. This is what the data and the rules know.",
    };
  }
  return {
    zh: `语言模型没有给出可用的回答（${reason}）。数据和规则所知如下。`,
    en: `The language model gave no usable answer (${reason}). This is what the data and the rules know.`,
  };
}

/** A question with a Chinese character in it is answered in Chinese. */
export function languageOfQuestion(question: string): QuestionLanguage {
  return /\p{Script=Han}/u.test(question) ? "zh" : "en";
}

const secrets =
  /pass\s*-?\s*(?:word|wd|phrase|code)s?\b|\bcredentials?\b|\bapi[\s_-]*keys?\b|\b(?:access|bearer|session)\s*tokens?\b|\bsecrets?\b|\bprivate\s+keys?\b|密\s*码|口\s*令|密\s*钥|凭\s*据|秘\s*钥/iu;

/** True where somebody asks for, or a model speaks of, what no data of a machine holds. */
export function speaksOfSecrets(text: string): boolean {
  return secrets.test(text.normalize("NFKC").replace(/[\p{Cf}\p{Cc}]/gu, ""));
}
