import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import { searchTerms } from "./tokens.ts";

/** BM25 (Robertson and others), with the usual constants. */
const K1 = 1.2;
const B = 0.75;
/** A word in the name of a fault says more than one in its prevention. */
const boosts = { name: 3, symptoms: 2, text: 1 } as const;

export interface SearchIndex {
  /** Entries that share a term with the query, best first; ties in order of their ids. */
  search(query: string, accept: (entry: KnowledgeEntry) => boolean): readonly KnowledgeEntry[];
}

interface Document {
  readonly entry: KnowledgeEntry;
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Indexes all entries in memory; some thousands of rows take milliseconds. */
export function createSearchIndex(entries: readonly KnowledgeEntry[]): SearchIndex {
  const documents = entries.map(documentOf);
  const holders = new Map<string, number>();
  let length = 0;
  for (const document of documents) {
    length += document.length;
    for (const term of document.frequencies.keys()) {
      holders.set(term, (holders.get(term) ?? 0) + 1);
    }
  }
  const average = documents.length === 0 ? 1 : length / documents.length;

  const score = (document: Document, terms: ReadonlySet<string>): number => {
    let sum = 0;
    for (const term of terms) {
      const frequency = document.frequencies.get(term);
      if (frequency === undefined) continue;
      const holding = holders.get(term) ?? 0;
      const rarity = Math.log(1 + (documents.length - holding + 0.5) / (holding + 0.5));
      const size = K1 * (1 - B + (B * document.length) / average);
      sum += (rarity * frequency * (K1 + 1)) / (frequency + size);
    }
    return sum;
  };

  return {
    search: (query, accept) => {
      const terms = new Set(searchTerms(query));
      return documents
        .filter((document) => accept(document.entry))
        .map((document) => ({ entry: document.entry, score: score(document, terms) }))
        .filter((hit) => hit.score > 0)
        .sort((a, b) => b.score - a.score || (a.entry.kbId < b.entry.kbId ? -1 : 1))
        .map((hit) => hit.entry);
    },
  };
}

function documentOf(entry: KnowledgeEntry): Document {
  const frequencies = new Map<string, number>();
  let length = 0;
  const add = (text: string, boost: number): void => {
    for (const term of searchTerms(text)) {
      frequencies.set(term, (frequencies.get(term) ?? 0) + boost);
      length += boost;
    }
  };
  const { faultPattern, symptoms, rootCause, solution, prevention } = entry;
  add(`${entry.kbId} ${entry.category} ${faultPattern.zh} ${faultPattern.en}`, boosts.name);
  add(`${symptoms.zh} ${symptoms.en}`, boosts.symptoms);
  for (const { zh, en } of [rootCause, solution, prevention]) add(`${zh} ${en}`, boosts.text);
  return { entry, frequencies, length };
}
