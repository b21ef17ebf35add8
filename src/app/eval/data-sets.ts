import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { IaiError } from "../../kernel/errors.ts";
import { repositoryRoot } from "../repository.ts";
import { agents } from "./agents/agents.ts";
import { ai4i } from "./ai4i.ts";
import { femto, ims } from "./bearings.ts";
import { cmapss } from "./cmapss.ts";
import type { EvalSet } from "./eval-set.ts";
import { hydraulic } from "./hydraulic.ts";
import { nab } from "./nab.ts";
import { skab } from "./skab.ts";
import { stepCost } from "./step-cost.ts";
import { tep } from "./tep.ts";

/** Every data set that can be evaluated. */
export const evalSets: readonly EvalSet[] = [
  skab,
  tep,
  nab,
  ims,
  femto,
  hydraulic,
  cmapss,
  ai4i,
  stepCost,
  agents,
];

/** Where the data sets lie when nobody says otherwise: their licences keep them out of this repository. */
export const defaultDataFolder = join(repositoryRoot, "..", "shared", "datasets");

export interface ChosenSet {
  readonly set: EvalSet;
  readonly folder: string;
}

/** `ims` and `femto` are enough for their folders. */
function isNamed({ name }: EvalSet, word: string): boolean {
  return name === word || name === `${word}-bearing`;
}

/** The asked sets, or all that are there. NOT_FOUND names the folder that is missing. */
export function chooseSets(names: readonly string[], data: string): readonly ChosenSet[] {
  const unknown = names.find((name) => evalSets.every((set) => !isNamed(set, name)));
  if (unknown !== undefined) {
    const known = evalSets.map(({ name }) => name).join(", ");
    throw new IaiError("USAGE", `Cannot evaluate "${unknown}": the data sets are ${known}`);
  }
  const folderOf = (set: EvalSet): string => join(resolve(data), set.name);
  const chosen = evalSets
    .filter((set) => names.length === 0 || names.some((name) => isNamed(set, name)))
    .map((set) => ({ set, folder: folderOf(set) }));
  const there = chosen.filter(({ set, folder }) => set.needsNoData === true || existsSync(folder));
  const measured = there.some(({ set }) => set.needsNoData !== true) || names.length > 0;
  if (measured && there.length > 0 && (names.length === 0 || there.length === chosen.length))
    return there;
  const missing =
    names.length === 0 ? resolve(data) : (chosen.find((c) => !there.includes(c))?.folder ?? "");
  const message = `Cannot evaluate: "${missing}" is not there, nothing was measured; name the folder of the data sets with --data`;
  throw new IaiError("NOT_FOUND", message, { data: { folder: missing } });
}
