import type { MetricName } from "../../../model/basics.ts";
import type { FaultSign } from "../../../model/diagnosis.ts";

/** How one metric of a machine behaves at present. */
export interface Symptom {
  readonly metric: MetricName;
  readonly direction: FaultSign["direction"];
}

const opposites: Readonly<Record<FaultSign["direction"], readonly FaultSign["direction"][]>> = {
  up: ["down", "steady"],
  down: ["up", "steady"],
  steady: ["up", "down", "noisy"],
  noisy: ["steady"],
  stuck: ["up", "down", "noisy"],
};

/**
 * How well the signs of a fault agree with what is seen, −1 to 1. What is not measured counts neither for nor
 * against; 0: nothing can be said.
 */
export function symptomFit(signs: readonly FaultSign[], symptoms: readonly Symptom[]): number {
  let agreed = 0;
  let compared = 0;
  for (const sign of signs) {
    const seen = symptoms.filter(({ metric }) => sign.metric === "any" || metric === sign.metric);
    if (seen.some(({ direction }) => direction === sign.direction)) agreed += sign.strength;
    else if (seen.some(({ direction }) => opposites[sign.direction].includes(direction)))
      agreed -= sign.strength;
    else continue;
    compared += sign.strength;
  }
  return compared === 0 ? 0 : agreed / compared;
}
