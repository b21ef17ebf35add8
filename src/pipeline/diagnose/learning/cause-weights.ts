import type { FaultCategory } from "../../../model/diagnosis.ts";
import { type CauseWeights, weightBounds } from "../rule-engine/cause-weights.ts";
import type { JudgedCase } from "./judged-case.ts";

/** What the close-outs of one type of device say about one cause. */
export interface CauseExperience {
  readonly deviceType: string;
  readonly category: FaultCategory;
  /** Close-outs in which it was predicted or found. */
  readonly verdicts: number;
  readonly predicted: number;
  readonly found: number;
  /** Predicted and found. */
  readonly confirmed: number;
  /** What its score is multiplied with; 1 below `verdictsNeeded`. */
  readonly factor: number;
}

/** Fewer verdicts than these change nothing: chance would speak. */
export const verdictsNeeded = 5;

/** Verdicts that an unbiased past would weigh: they keep a small number of cases from moving much. */
const PRIOR = 5;

/**
 * Counts what was predicted against what was found, and weighs each cause by the ratio. Pure, and a function of the
 * set of cases alone: their order does not matter, and taking one away gives what was there without it, to the bit.
 */
export function weighCauses(cases: readonly JudgedCase[]): readonly CauseExperience[] {
  const counts = new Map<string, { predicted: number; found: number; confirmed: number }>();
  const of = (deviceType: string, category: FaultCategory) => {
    const key = `${deviceType}\t${category}`;
    const count = counts.get(key) ?? { predicted: 0, found: 0, confirmed: 0 };
    counts.set(key, count);
    return count;
  };
  for (const { deviceType, alarm, predicted, found } of cases) {
    if (alarm === "unclear" || found === "unknown") continue;
    if (predicted !== null && isCause(predicted)) of(deviceType, predicted).predicted += 1;
    if (isCause(found)) of(deviceType, found).found += 1;
    if (predicted === found && isCause(found)) of(deviceType, found).confirmed += 1;
  }
  return [...counts]
    .map(([key, { predicted, found, confirmed }]): CauseExperience => {
      const [deviceType = "", category = ""] = key.split("\t");
      const verdicts = predicted + found - confirmed;
      return {
        deviceType,
        category: category as FaultCategory,
        verdicts,
        predicted,
        found,
        confirmed,
        factor: verdicts < verdictsNeeded ? 1 : factorOf(predicted, found),
      };
    })
    .sort((a, b) => compare(a.deviceType, b.deviceType) || compare(a.category, b.category));
}

/** The factors of one type of device, as the rules take them. */
export function weightsFor(
  experience: readonly CauseExperience[],
  deviceType: string,
): CauseWeights {
  const own = experience.filter((item) => item.deviceType === deviceType.toLowerCase());
  return new Map(own.map(({ category, factor }) => [category, factor]));
}

function isCause(category: FaultCategory): boolean {
  return category !== "unknown" && category !== "no_fault";
}

function factorOf(predicted: number, found: number): number {
  const ratio = (found + PRIOR) / (predicted + PRIOR);
  return Math.min(weightBounds.most, Math.max(weightBounds.least, ratio));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
