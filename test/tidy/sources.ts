import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..", "..");

export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file below the given folders. */
export function sourcesIn(...patterns: readonly string[]): readonly Source[] {
  return globSync([...patterns], { cwd: root })
    .filter((path) => !path.includes("node_modules") && !path.includes("web/dist"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export const isTest = (path: string): boolean =>
  path.endsWith(".test.ts") || path.startsWith("test/");

/** The same text without comments and without the contents of strings, so that words in prose do not count. */
export function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:])\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
}
