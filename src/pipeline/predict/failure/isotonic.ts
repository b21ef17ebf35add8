/** A falling staircase: probability by prediction. `upTo` grows, `probability` falls; beyond the last step it holds. */
export interface Staircase {
  readonly upTo: readonly number[];
  readonly probability: readonly number[];
}

/** Steps of a stored staircase, at most: it is read by people. */
const STEPS_MAX = 60;

/**
 * The falling staircase nearest to what happened (pool adjacent violators). A step carries at least a sixtieth of the
 * cases, so that no single one makes a certainty.
 */
export function fallingStaircase(
  cases: readonly { readonly prediction: number; readonly happened: boolean }[],
): Staircase {
  const sorted = cases.toSorted((a, b) => a.prediction - b.prediction);
  const width = Math.max(1, Math.floor((sorted.length + STEPS_MAX - 1) / STEPS_MAX));
  const steps: { upTo: number; happened: number; cases: number }[] = [];
  for (let from = 0; from < sorted.length; from += width) {
    const part = sorted.slice(from, from + width);
    const happened = part.filter((one) => one.happened).length;
    steps.push({ upTo: part.at(-1)?.prediction ?? 0, happened, cases: part.length });
    pool(steps);
  }
  return {
    upTo: steps.map(({ upTo }) => upTo),
    // One case of each kind in addition: what never happened yet is not impossible.
    probability: steps.map((step) => (step.happened + 0.5) / (step.cases + 1)),
  };
}

function pool(steps: { upTo: number; happened: number; cases: number }[]): void {
  for (;;) {
    const last = steps.at(-1);
    const before = steps.at(-2);
    if (last === undefined || before === undefined) return;
    if (last.happened / last.cases < before.happened / before.cases) return;
    before.upTo = last.upTo;
    before.happened += last.happened;
    before.cases += last.cases;
    steps.pop();
  }
}

/** Probability for a prediction: that of its step. */
export function probabilityAt({ upTo, probability }: Staircase, prediction: number): number {
  const at = upTo.findIndex((edge) => prediction <= edge);
  return probability[at < 0 ? probability.length - 1 : at] ?? 0;
}
