import { synonyms } from "./synonyms.ts";

/** One search term and how much it says. */
export interface SearchTerm {
  readonly term: string;
  /** A single character says less than a pair, a pair less than a word that is known. */
  readonly weight: number;
  /** A Latin word: it may also be found by its beginning or in spite of a slip of the keyboard. */
  readonly isWord: boolean;
}

const GROUP_WEIGHT = 1.2;
const PAIR_WEIGHT = 0.6;
const CHARACTER_WEIGHT = 0.1;
const WORD_WEIGHT = 0.8;
/** A word that stands for its group: the group says it already. */
const GROUPED_WORD_WEIGHT = 0.1;

/** Words that say nothing of a fault. */
const stopWords = new Set(
  "a all an and are as at be by for from get getting has have how in into is it its not of on or our still than that the then there to was what when while will with would".split(
    " ",
  ),
);

const latin = /[a-z0-9]+(?:[_-][a-z0-9]+)*/g;
const han = /\p{Script=Han}+/gu;

const stems = new Map<string, string>();
/** Words remembered with their stem; beyond it they are computed each time. */
const STEMS_MAX = 20_000;

/** The stem of a word, remembered: `stripped` is called for each word of each text. */
export function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = stripped(word);
  if (stems.size < STEMS_MAX) stems.set(word, stem);
  return stem;
}

/** Without the endings of English grammar: `leaking`, `leaks` and `leaked` are one word. Crude on purpose. */
function stripped(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  const bare = word.replace(/(?:'s|s')$/, "");
  if (bare.endsWith("ies") && bare.length > 4) return `${bare.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(bare)) return bare.slice(0, -2);
  if (bare.endsWith("s") && !/(?:ss|us|is)$/.test(bare)) return stripped(bare.slice(0, -1));
  const root = /^(.{3,}?)(?:ing|ed)$/.exec(bare)?.[1];
  if (root === undefined || !/[aeiouy]/.test(root)) return bare;
  if (/([bdgklmnprt])\1$/.test(root)) return root.slice(0, -1);
  // `cavitating` and `cavitate`, `worn-out` endings that lost their e.
  return /(?:at|iz|bl|us|as|uc|rg|ng|dg)$/.test(root) ? `${root}e` : root;
}

/** `termsOf` a text: the same for documents and queries. */
export function searchTerms(text: string): readonly SearchTerm[] {
  const folded = text.normalize("NFKC").toLowerCase();
  const words = [...folded.matchAll(latin)].map(([word]) => word);
  const runs = [...folded.matchAll(han)].map(([run]) => run);
  return [
    ...words.flatMap(wordTerms),
    ...groupsOfWords(words),
    ...runs.flatMap((run) => [...characterTerms(run), ...groupsOfRun(run)]),
  ];
}

function wordTerms(word: string): readonly SearchTerm[] {
  const parts = [word, ...word.split(/[_-]/).filter((part) => part !== word)];
  return parts
    .filter((part) => part !== "" && !stopWords.has(part))
    .map((part) => {
      const term = stemOf(part);
      const weight = latinGroups.has(term) ? GROUPED_WORD_WEIGHT : WORD_WEIGHT;
      return { term, weight, isWord: true };
    });
}

/** Characters and pairs of them: a dictionary would cut 点蚀 and 喘振 in two. */
function characterTerms(run: string): readonly SearchTerm[] {
  const characters = [...run];
  return characters.flatMap((character, index) => {
    const next = characters[index + 1];
    const single = { term: character, weight: CHARACTER_WEIGHT, isWord: false };
    if (next === undefined) return [single];
    return [single, { term: character + next, weight: PAIR_WEIGHT, isWord: false }];
  });
}

const groupTerm = (index: number): SearchTerm => ({
  term: `#${index}`,
  weight: GROUP_WEIGHT,
  isWord: false,
});

/** Group of each Latin word or phrase, by its stems. */
const latinGroups = new Map<string, readonly SearchTerm[]>();
/** Longest phrase that begins with a stem, in words. */
const phraseLengths = new Map<string, number>();
/** Chinese words of the groups by their first character. */
const hanGroups = new Map<string, [word: string, term: SearchTerm][]>();
for (const [index, group] of synonyms.entries()) {
  for (const name of group) {
    if (/\p{Script=Han}/u.test(name)) {
      const first = name.charAt(0);
      hanGroups.set(first, [...(hanGroups.get(first) ?? []), [name, groupTerm(index)]]);
      continue;
    }
    const stems = name.split(" ").map(stemOf);
    const key = stems.join(" ");
    latinGroups.set(key, [...(latinGroups.get(key) ?? []), groupTerm(index)]);
    const [first = ""] = stems;
    phraseLengths.set(first, Math.max(phraseLengths.get(first) ?? 0, stems.length));
  }
}

function groupsOfWords(words: readonly string[]): readonly SearchTerm[] {
  const parts = words.flatMap((word) => (latinGroups.has(stemOf(word)) ? [word] : word.split("-")));
  const keys = parts.map(stemOf);
  const found: SearchTerm[] = [];
  for (const [start, first] of keys.entries()) {
    const longest = Math.min(phraseLengths.get(first) ?? 0, keys.length - start);
    for (let length = 1; length <= longest; length += 1) {
      const key = length === 1 ? first : keys.slice(start, start + length).join(" ");
      found.push(...(latinGroups.get(key) ?? []));
    }
  }
  return found;
}

function groupsOfRun(run: string): readonly SearchTerm[] {
  const found: SearchTerm[] = [];
  for (let place = 0; place < run.length; place += 1) {
    for (const [word, term] of hanGroups.get(run.charAt(place)) ?? []) {
      if (run.startsWith(word, place)) found.push(term);
    }
  }
  return found;
}

/** Latin words that the synonyms know, for queries with a slip in one of them. */
export const knownWords: ReadonlySet<string> = new Set(
  [...latinGroups.keys()].flatMap((key) => key.split(" ")),
);

/** The groups of a stem; for a corrected word. */
export function groupsOfStem(stem: string): readonly SearchTerm[] {
  return latinGroups.get(stem) ?? [];
}
