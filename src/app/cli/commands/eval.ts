import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { agents, evaluateAgents } from "../../eval/agents/agents.ts";
import { chooseSets, defaultDataFolder } from "../../eval/data-sets.ts";
import { asText, putIntoPage } from "../../eval/eval-report.ts";
import type { EvalResult } from "../../eval/eval-set.ts";
import { openRunningLanguageModel } from "../../runtime/language-model.ts";
import { configOf, type SettingOptions } from "../settings.ts";

export interface EvalCommandOptions extends SettingOptions {
  readonly sets: readonly string[];
  readonly data?: string;
  readonly json?: boolean;
  readonly write?: string;
  /** The agents are also asked with the configured language model. */
  readonly live?: boolean;
}

/**
 * Measures the shipped detectors on public data sets: the same steps as the live path, with their defaults.
 * 0 also where a goal is missed: it measures, the tables say so.
 */
export async function runEval(options: EvalCommandOptions): Promise<number> {
  const results: EvalResult[] = [];
  for (const { set, folder } of chooseSets(options.sets, options.data ?? defaultDataFolder)) {
    const live = options.live === true && set.name === agents.name;
    const result = live ? await evaluateLive(options) : await set.evaluate(folder);
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

/** USAGE where no language model is configured: a column that nobody filled must not look like one. */
async function evaluateLive(options: SettingOptions): Promise<EvalResult> {
  const config = await configOf(options);
  if (config.languageModel.kind === "none") {
    const message = "Cannot evaluate live: no language model is configured, nothing was measured";
    throw new IaiError("USAGE", message);
  }
  const deps = {
    config,
    clock: systemClock,
    log: silentLog,
    records: null,
    givenSecrets: async () => [],
  };
  const model = await openRunningLanguageModel(deps);
  try {
    return await evaluateAgents(model);
  } finally {
    await model.close();
  }
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
