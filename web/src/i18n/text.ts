import i18next, { type i18n } from "i18next";
import { useTranslation } from "react-i18next";
import type { BilingualText } from "../../../src/model/diagnosis.ts";
import { type Language, usePreferences } from "../app/preferences.ts";
import { dictionary, type TextKey } from "./dictionary.ts";

type Values = Readonly<Record<string, string | number>>;

/** Looks a text up; `values` fill its `{{places}}`. */
export type Translate = (key: TextKey, values?: Values) => string;

/** Prepares both languages; the dictionary holds them side by side. */
export async function startTexts(language: Language): Promise<i18n> {
  const bundle = (column: 0 | 1): Record<string, string> =>
    Object.fromEntries(Object.entries(dictionary).map(([key, pair]) => [key, pair[column]]));
  await i18next.init({
    lng: language,
    fallbackLng: false,
    resources: { zh: { translation: bundle(0) }, en: { translation: bundle(1) } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React escapes.
  });
  return i18next;
}

/** The dictionary in the reader's language. */
export function useText(): Translate {
  const { t } = useTranslation();
  return (key, values) => t(key, values ?? {});
}

/** Like `useText` for words that come from the server, such as a condition: unknown ones stay as they are. */
export function useWord(): (group: string, word: string) => string {
  const { t, i18n: instance } = useTranslation();
  return (group, word) => {
    const key = `${group}.${word}`;
    return instance.exists(key) ? t(key) : word;
  };
}

export function useLanguage(): Language {
  return usePreferences().language;
}

/** The reader's side of a text that has both languages. */
export function useBilingual(): (text: BilingualText) => string {
  const language = useLanguage();
  return (text) => text[language];
}
