import type { BilingualText, KnowledgeEntry } from "../../../model/diagnosis.ts";
import { searchTerms, stemOf } from "./tokens.ts";

/** The documents that hold a term, and what it adds to the score of each. */
export interface Posting {
  readonly documents: Uint32Array;
  readonly impacts: Float32Array;
}

export interface Postings {
  find(term: string): Posting | null;
  /** All Latin words. */
  readonly words: readonly string[];
}

/** BM25 (Robertson and others). Fields join in one frequency before it saturates, as in BM25F. */
const K1 = 1.2;
const B = 0.5;
/** A word that is the whole name says more than one among others in it. */
const NAME_B = 0.5;

/**
 * A word in the name of a fault says more than one in its prevention; what tells it from others speaks of the others
 * as much as of itself.
 */
const boosts = { name: 3, component: 2, symptoms: 1.5, cause: 1, text: 0.6, others: 0.25 } as const;

/** What a name counts is measured in characters of both languages; most names have about this many. */
const USUAL_NAME = 40;

/** Everything that does not depend on the query is computed here, once. */
export function buildPostings(entries: readonly KnowledgeEntry[]): Postings {
  const building = new Map<string, { documents: number[]; frequencies: number[] }>();
  const words = new Set<string>();
  const lengths = entries.map((entry, document) => {
    const counted = countedTerms(entry);
    for (const word of counted.words) words.add(word);
    for (const [term, frequency] of counted.frequencies) {
      const list = building.get(term);
      if (list === undefined)
        building.set(term, { documents: [document], frequencies: [frequency] });
      else {
        list.documents.push(document);
        list.frequencies.push(frequency);
      }
    }
    return counted.length;
  });
  const average = Math.max(1, lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
  const postings = new Map<string, Posting>();
  for (const [term, { documents, frequencies }] of building) {
    const holding = documents.length;
    const rarity = Math.log(1 + (entries.length - holding + 0.5) / (holding + 0.5));
    const impacts = new Float32Array(holding);
    for (let place = 0; place < holding; place += 1) {
      const frequency = frequencies[place] ?? 0;
      const size = K1 * (1 - B + (B * (lengths[documents[place] ?? 0] ?? 0)) / average);
      impacts[place] = (rarity * frequency * (K1 + 1)) / (frequency + size);
    }
    postings.set(term, { documents: Uint32Array.from(documents), impacts });
  }
  return { find: (term) => postings.get(term) ?? null, words: [...words] };
}

interface CountedTerms {
  readonly frequencies: ReadonlyMap<string, number>;
  readonly words: readonly string[];
  readonly length: number;
}

/** An entry that did not change is not read again when another one did. */
const counted = new WeakMap<KnowledgeEntry, CountedTerms>();

/** All terms of an entry; each counts by the boost of the fields it stands in. */
function countedTerms(entry: KnowledgeEntry): CountedTerms {
  const known = counted.get(entry);
  if (known !== undefined) return known;
  const frequencies = new Map<string, number>();
  const words = new Set<string>();
  let length = 0;
  const add = (term: string, boost: number): void => {
    frequencies.set(term, (frequencies.get(term) ?? 0) + boost);
    length += boost;
  };
  for (const [text, boost] of fieldsOf(entry)) {
    for (const { term, isWord } of searchTerms(text)) {
      add(term, boost);
      if (isWord) words.add(term);
    }
  }
  // The id is found as a whole: ten thousand ids in pieces would only slow the search for slips down.
  add(stemOf(entry.kbId.toLowerCase()), boosts.name);
  const result = { frequencies, words: [...words], length };
  counted.set(entry, result);
  return result;
}

function fieldsOf(entry: KnowledgeEntry): readonly (readonly [text: string, boost: number])[] {
  const name = said(entry.faultPattern);
  const nameSize = 1 - NAME_B + NAME_B * (name.length / USUAL_NAME);
  return [
    [entry.category, boosts.name],
    [name, boosts.name / nameSize],
    [said(entry.component), boosts.component],
    [said(entry.symptoms), boosts.symptoms],
    [said(entry.rootCause), boosts.cause],
    [entry.parts.join(" "), boosts.cause],
    [said(entry.solution), boosts.text],
    [said(entry.prevention), boosts.text],
    [entry.discriminators.map(said).join(" "), boosts.others],
    [entry.checks.slice(0, -1).map(said).join(" "), boosts.others],
  ];
}

function said(text: BilingualText | null): string {
  if (text === null) return "";
  // A person who wrote one language only has it in both places: it counts once.
  return text.zh === text.en ? text.zh : `${text.zh} ${text.en}`;
}
