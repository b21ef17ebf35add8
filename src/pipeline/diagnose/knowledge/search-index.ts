import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import { buildPostings, type Posting, type Postings } from "./postings.ts";
import { byFirstLetter, closestWords } from "./spelling.ts";
import { type Symptom, symptomFit } from "./symptoms.ts";
import { groupsOfStem, knownWords, type SearchTerm, searchTerms } from "./tokens.ts";

export interface SearchOptions {
  /** Types of device whose entries are wanted. */
  readonly accepts: (deviceType: string) => boolean;
  readonly limit: number;
  /** What the machine's readings show: moves entries whose signs agree up, and those that contradict down. */
  readonly symptoms?: readonly Symptom[];
}

export interface SearchIndex {
  /** Entries that share a term with the query, best first; ties in order of their ids. */
  search(query: string, options: SearchOptions): readonly KnowledgeEntry[];
}

/** A word found by its beginning, or in spite of a slip, says a little less. */
const PREFIX_WEIGHT = 0.6;
const CORRECTED_WEIGHT = 0.8;
const PREFIX_LETTERS = 4;
const PREFIXES_MAX = 20;
/** What nobody has checked ranks below what people wrote. */
const UNPROMOTED_FACTOR = 0.5;
/** An entry for all machines ranks a little below one for this type, everything else being equal. */
const GENERIC_FACTOR = 0.85;
/** The best hits by words are ranked anew by the symptoms: the rest is too far down to come into view. */
const RERANKED = 100;
const SYMPTOM_SHARE = 0.5;

/** Indexes all entries in memory; superseded ones are left out. Some thousands of rows take milliseconds. */
export function createSearchIndex(all: readonly KnowledgeEntry[]): SearchIndex {
  const entries = all.filter(({ supersededBy }) => supersededBy === null);
  const types = [...new Set(entries.map(({ deviceType }) => deviceType))];
  const typeOf = Uint16Array.from(entries, ({ deviceType }) => types.indexOf(deviceType));
  const trust = Float32Array.from(entries, trustIn);
  const postings = buildPostings(entries);
  const vocabulary = byFirstLetter(new Set([...postings.words, ...knownWords]));
  const scores = new Float32Array(entries.length);

  return {
    search: (query, { accepts, limit, symptoms = [] }) => {
      const accepted = types.map(accepts);
      const touched: number[] = [];
      for (const { posting, weight } of matchesOf(query, postings, vocabulary)) {
        const { documents, impacts } = posting;
        // Counted by hand: an iterator over ten thousand documents takes five times as long.
        for (let place = 0; place < documents.length; place += 1) {
          const document = documents[place] ?? 0;
          if (accepted[typeOf[document] ?? 0] !== true) continue;
          const before = scores[document] ?? 0;
          if (before === 0) touched.push(document);
          scores[document] = before + weight * (impacts[place] ?? 0);
        }
      }
      const wanted = symptoms.length === 0 ? limit : Math.max(limit, RERANKED);
      const hits = bestOf(touched, { scores, trust, wanted });
      for (const document of touched) scores[document] = 0;
      const found = hits.flatMap(({ document, score }) => {
        const entry = entries[document];
        return entry === undefined ? [] : [{ entry, score }];
      });
      return reranked(found, symptoms).slice(0, limit);
    },
  };
}

interface Hit {
  readonly document: number;
  readonly score: number;
}

function trustIn({ source, status, deviceType }: KnowledgeEntry): number {
  const promoted = source === "AI_GENERATED" && status !== "ACTIVE" ? UNPROMOTED_FACTOR : 1;
  return deviceType === "generic" ? promoted * GENERIC_FACTOR : promoted;
}

interface Match {
  readonly posting: Posting;
  readonly weight: number;
}

/** The postings that answer a query, each once with its largest weight. */
function matchesOf(
  query: string,
  postings: Postings,
  vocabulary: ReadonlyMap<string, readonly string[]>,
): readonly Match[] {
  const weights = new Map<string, number>();
  const add = (term: string, weight: number): void => {
    weights.set(term, Math.max(weights.get(term) ?? 0, weight));
  };
  const asked = searchTerms(query);
  for (const { term, weight, isWord } of asked) {
    add(term, weight);
    if (!isWord) continue;
    for (const other of relatedWords(term, postings, vocabulary)) {
      add(other.term, weight * other.weight);
      for (const group of groupsOfStem(other.term)) add(group.term, group.weight * other.weight);
    }
  }
  return [...weights].flatMap(([term, weight]) => {
    const posting = postings.find(term);
    return posting === null ? [] : [{ posting, weight }];
  });
}

/** Words that begin like it; where there are none and nobody knows the word, the closest that are known. */
function relatedWords(
  word: string,
  postings: Postings,
  vocabulary: ReadonlyMap<string, readonly string[]>,
): readonly Pick<SearchTerm, "term" | "weight">[] {
  const alike = vocabulary.get(word.charAt(0)) ?? [];
  const longer =
    word.length < PREFIX_LETTERS
      ? []
      : alike.filter((other) => other !== word && other.startsWith(word)).slice(0, PREFIXES_MAX);
  if (longer.length > 0 || postings.find(word) !== null || knownWords.has(word))
    return longer.map((term) => ({ term, weight: PREFIX_WEIGHT }));
  return closestWords(word, vocabulary).map((term) => ({ term, weight: CORRECTED_WEIGHT }));
}

/** The best `wanted` documents, best first; ties in order of the documents. */
function bestOf(
  documents: readonly number[],
  given: {
    readonly scores: Float32Array;
    readonly trust: Float32Array;
    readonly wanted: number;
  },
): readonly Hit[] {
  const { scores, trust, wanted } = given;
  const best: Hit[] = [];
  const isBetter = (a: Hit, b: Hit): boolean =>
    a.score > b.score || (a.score === b.score && a.document < b.document);
  for (const document of documents) {
    const hit = { document, score: (scores[document] ?? 0) * (trust[document] ?? 1) };
    const last = best.at(-1);
    if (best.length >= wanted && (last === undefined || !isBetter(hit, last))) continue;
    let low = 0;
    let high = best.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = best[middle];
      if (other !== undefined && isBetter(other, hit)) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, hit);
    if (best.length > wanted) best.pop();
  }
  return best;
}

function reranked(
  found: readonly { readonly entry: KnowledgeEntry; readonly score: number }[],
  symptoms: readonly Symptom[],
): readonly KnowledgeEntry[] {
  if (symptoms.length === 0) return found.map(({ entry }) => entry);
  return found
    .map(({ entry, score }) => ({
      entry,
      score: score * (1 + SYMPTOM_SHARE * symptomFit(entry.signs, symptoms)),
    }))
    .sort((a, b) => b.score - a.score || (a.entry.kbId < b.entry.kbId ? -1 : 1))
    .map(({ entry }) => entry);
}
