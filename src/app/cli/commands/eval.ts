import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { IaiError } from "../../../kernel/errors.ts";
import { chooseSets, defaultDataFolder } from "../../eval/data-sets.ts";
import { asText, putIntoPage } from "../../eval/eval-report.ts";
import type { EvalResult } from "../../eval/eval-set.ts";

export interface EvalCommandOptions {
  readonly sets: readonly string[];
  readonly data?: string;
  readonly json?: boolean;
  readonly write?: string;
}

/**
 * Measures the shipped detectors on public data sets: the same steps as the live path, with their defaults.
 * 0 also where a goal is missed: it measures, the tables say so.
 */
export async function runEval(options: EvalCommandOptions): Promise<number> {
  const results: EvalResult[] = [];
  for (const { set, folder } of chooseSets(options.sets, options.data ?? defaultDataFolder)) {
    const result = await set.evaluate(folder);
    results.push(result);
    if (options.json !== true) process.stdout.write(`${asText(set.title, result)}\n\n`);
  }
  if (options.json === true) {
    const sets = results.map(({ pictures: _, ...result }) => result);
    process.stdout.write(`${JSON.stringify({ sets })}\n`);
  }
  if (options.write !== undefined) await writePage(options.write, results);
  return 0;
}

async function writePage(file: string, results: readonly EvalResult[]): Promise<void> {
  let page = await readFile(file, "utf8");
  for (const result of results) {
    const next = putIntoPage(page, result);
    if (next === null) {
      const message = `Cannot write the tables of "${result.set}" into "${file}": it has no line <!-- eval:${result.set} -->, nothing was changed`;
      throw new IaiError("USAGE", message);
    }
    page = next;
  }
  await writeFile(file, page);
  for (const picture of results.flatMap(({ pictures }) => pictures ?? [])) {
    await mkdir(join(dirname(file), "images"), { recursive: true });
    await writeFile(join(dirname(file), "images", picture.file), picture.svg);
  }
}
