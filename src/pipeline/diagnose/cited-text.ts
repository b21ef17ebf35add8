import type { BilingualText, Evidence } from "../../model/diagnosis.ts";

/** One sentence of a report and the facts it rests on. */
export interface CitedSentence {
  readonly text: BilingualText;
  /** Evidence ids. */
  readonly cites: readonly string[];
}

/** A sentence that states what one piece of evidence says. */
export function stating(evidence: Evidence): CitedSentence {
  return { text: evidence.text, cites: [evidence.id] };
}

/** A sentence with its citations. */
export function cited(text: BilingualText, cites: readonly string[]): CitedSentence {
  return { text, cites: [...new Set(cites)] };
}

/** Sentences as running text, each with its citations and full stop. */
export function runningText(sentences: readonly CitedSentence[]): BilingualText {
  const one = (sentence: string, cites: readonly string[], stop: string): string => {
    const bare = sentence.replace(/[.。]$/, "");
    const marks = cites.map((id) => `[${id}]`).join("");
    return `${bare}${marks === "" ? "" : ` ${marks}`}${stop}`;
  };
  return {
    zh: sentences.map(({ text, cites }) => one(text.zh, cites, "。")).join(""),
    en: sentences.map(({ text, cites }) => one(text.en, cites, ".")).join(" "),
  };
}
