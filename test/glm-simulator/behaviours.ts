import { answerBehaviours } from "./answer-behaviours.ts";
import { glmErrors, playGlmError } from "./error-behaviours.ts";
import type { Play } from "./exchange.ts";
import { httpBehaviours } from "./http-behaviours.ts";

export type BehaviourName =
  | keyof typeof answerBehaviours
  | keyof typeof httpBehaviours
  | keyof typeof glmErrors;

/** Everything the simulator can do, by name. */
export const behaviours: Readonly<Record<BehaviourName, Play>> = {
  ...answerBehaviours,
  ...httpBehaviours,
  ...(Object.fromEntries(
    Object.entries(glmErrors).map(([name, error]) => [
      name,
      (exchange) => playGlmError(error, exchange),
    ]),
  ) as Record<keyof typeof glmErrors, Play>),
};

export const behaviourNames = Object.keys(behaviours) as readonly BehaviourName[];

export function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(behaviours, name);
}
