import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";

const sources = resolve(import.meta.dirname, "..", "..");
/** Everything that decides is reached from these. */
const entries = ["app/jobs/detection-job.ts", "pipeline/aggregate/aggregate-step.ts"];

/**
 * SHA-256 over the sources of the steps, each with its path. The embedded engine runs these files, the bundle for
 * Flink is built from them and carries this hash: when the two differ, the two would decide differently.
 */
export function stepSourcesHash(): string {
  const hash = createHash("sha256");
  for (const [path, text] of [...stepSources()].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\n${text.length}\n${text}\n`);
  }
  return hash.digest("hex");
}

/** Texts of the step sources by their path below `src/`. */
function stepSources(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    const file = resolve(sources, path);
    const text = readFileSync(file, "utf8");
    found.set(path, text);
    for (const [, target] of text.matchAll(/from "(\.{1,2}\/[^"]+)"/g)) {
      visit(relative(sources, resolve(dirname(file), target ?? "")).replaceAll(sep, "/"));
    }
  };
  for (const entry of entries) visit(entry);
  return found;
}
