import { createRandom } from "../src/kernel/random.ts";
import type { KnowledgeEntry } from "../src/model/diagnosis.ts";
import { appliesToType } from "../src/pipeline/diagnose/knowledge/device-types.ts";
import { createSearchIndex } from "../src/pipeline/diagnose/knowledge/search-index.ts";
import { seedEntries } from "../src/pipeline/diagnose/knowledge/seed-entries.ts";
import { type KnowledgeQuery, tuningQueries } from "../test/fixtures/knowledge-queries.ts";
import { heldOutQueries } from "../test/fixtures/knowledge-queries-held-out.ts";

// Measures the search of the knowledge base: node scripts/measure-knowledge-search.ts [rows]
const ROUNDS = 5;
const rows = Number(process.argv[2] ?? 10_000);
const shipped = seedEntries.map((entry) => ({ ...entry, createdAt: 0 }));
const all = [...tuningQueries, ...heldOutQueries];

hitRates("tuned with these", tuningQueries);
hitRates("held out", heldOutQueries);
hitRates("all", all);
speed();

function hitRates(name: string, queries: readonly KnowledgeQuery[]): void {
  const index = createSearchIndex(shipped);
  const placed = queries.map(({ text, device, answers }) => {
    const accepts = (type: string): boolean => appliesToType(type, device);
    const found = index.search(text, { accepts, limit: 3 });
    return found.findIndex(({ kbId }) => answers.includes(kbId));
  });
  const share = (places: number): string => {
    const hits = placed.filter((place) => place >= 0 && place < places).length;
    return (hits / queries.length).toFixed(3);
  };
  console.log(`${name}: ${queries.length} queries, hit@1 ${share(1)}, hit@3 ${share(3)}`);
}

/** Rows made of the words of the shipped ones, mixed: as many different texts as a real base of this size has. */
function mixedRows(): readonly KnowledgeEntry[] {
  const random = createRandom(11);
  const pick = (): KnowledgeEntry => {
    const entry = shipped[Math.floor(random.next() * shipped.length)];
    if (entry === undefined) throw new Error("there are no shipped entries");
    return entry;
  };
  return Array.from({ length: rows }, (_, n) => ({
    ...pick(),
    kbId: `KB-${n}`,
    faultPattern: pick().faultPattern,
    symptoms: pick().symptoms,
    rootCause: pick().rootCause,
    solution: pick().solution,
    prevention: pick().prevention,
  }));
}

function speed(): void {
  const entries = mixedRows();
  const cpuMs = (since?: NodeJS.CpuUsage): number => {
    const used = process.cpuUsage(since);
    return (used.user + used.system) / 1_000;
  };
  const building = process.cpuUsage();
  const begin = performance.now();
  const index = createSearchIndex(entries);
  const wall = Math.round(performance.now() - begin);
  console.log(`index of ${rows} rows: ${wall} ms, ${Math.round(cpuMs(building))} ms of processor`);
  const searching = process.cpuUsage();
  // The quickest of some rounds: what others did on the machine meanwhile is not the search.
  const took = all.map(({ text, device }) => {
    const rounds = Array.from({ length: ROUNDS }, () => {
      const from = performance.now();
      index.search(text, { accepts: (type) => appliesToType(type, device), limit: 10 });
      return performance.now() - from;
    });
    return { text, ms: Math.min(...rounds) };
  });
  const mean = cpuMs(searching) / (took.length * ROUNDS);
  took.sort((a, b) => a.ms - b.ms);
  const at = (share: number): string => (took[Math.floor(share * took.length)]?.ms ?? 0).toFixed(2);
  const slowest = took.at(-1);
  console.log(
    `a search, best of ${ROUNDS}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${slowest?.ms.toFixed(2)} ms (${slowest?.text}); ${mean.toFixed(2)} ms of processor each`,
  );
}
