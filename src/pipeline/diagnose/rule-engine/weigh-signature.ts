import type { BilingualText, FaultSign, Hypothesis } from "../../../model/diagnosis.ts";
import { behaviourOf, type EvidenceLedger } from "../evidence-ledger.ts";
import type { MetricFact } from "../metric-fact.ts";
import { metricName } from "../metric-names.ts";
import { canonicalNumber } from "../number-format.ts";
import { ANY_METRIC, type Signature } from "./signature.ts";

/** No pattern of readings alone is certain. */
const CEILING = 0.9;
/** A sign that was looked for and not found speaks against, but less than its opposite does. */
const ABSENT_WEIGHT = 0.6;
/** A metric that moved although the fault does not move it. */
const UNEXPLAINED_WEIGHT = 0.5;
/** A metric that rose where the fault makes it fall, or fell where it makes it rise: stronger than any absence. */
const REVERSED_WEIGHT = 1.5;
/** A metric that fluctuates although the fault moves it without that. */
const RESTLESS_WEIGHT = 0.3;
/** A sign that nobody measures. */
const UNMEASURED_WEIGHT = 0.4;

const expected: Readonly<Record<FaultSign["direction"], BilingualText>> = {
  up: { zh: "应升高", en: "should be up" },
  down: { zh: "应下降", en: "should be down" },
  steady: { zh: "应不变", en: "should be unchanged" },
  noisy: { zh: "应波动加剧", en: "should fluctuate" },
  stuck: { zh: "应卡死", en: "should be stuck" },
};

const found: Readonly<Record<"up" | "down" | "steady" | "noisy", BilingualText>> = {
  up: { zh: "升高", en: "is up" },
  down: { zh: "下降", en: "is down" },
  steady: { zh: "未变", en: "is unchanged" },
  noisy: { zh: "波动加剧", en: "fluctuates" },
};

const contradictionWeights = {
  absent: ABSENT_WEIGHT,
  opposite: 1,
  reversed: REVERSED_WEIGHT,
} as const;

interface Weights {
  for: number;
  against: number;
  unmeasured: number;
  /** Signs beyond "nothing happened": without one a fault is no explanation. */
  positive: number;
}

/** Compares one signature with the facts; null: nothing of what happened speaks for it. */
export function weighSignature(signature: Signature, ledger: EvidenceLedger): Hypothesis | null {
  const weights: Weights = { for: 0, against: 0, unmeasured: 0, positive: 0 };
  const speaksFor: Hypothesis["for"][number][] = [];
  const speaksAgainst: Hypothesis["against"][number][] = [];
  const missing: BilingualText[] = [];
  for (const sign of signature.signs) {
    const fact = factFor(sign, ledger);
    const evidence = fact === null ? null : behaviourOf(ledger, fact.metric);
    if (fact === null || evidence === null) {
      weights.unmeasured += sign.strength * UNMEASURED_WEIGHT;
      missing.push(unmeasuredText(sign));
      continue;
    }
    const denied = sign.direction === "noisy" && wentTheOtherWay(fact, signature);
    const verdict = denied ? "reversed" : compare(sign, fact);
    if (verdict === "matches") {
      weights.for += sign.strength;
      if (sign.direction !== "steady") weights.positive += sign.strength;
      speaksFor.push({ evidence: evidence.id, text: evidence.text });
    } else {
      weights.against += sign.strength * contradictionWeights[verdict];
      speaksAgainst.push({ evidence: evidence.id, text: contradiction(sign, fact) });
    }
  }
  for (const { fact, is, weight } of unexplained(signature, ledger)) {
    const evidence = behaviourOf(ledger, fact.metric);
    if (evidence === null) continue;
    weights.against += weight;
    speaksAgainst.push({ evidence: evidence.id, text: notExplained(fact, is) });
  }
  if (weights.positive === 0) return null;
  return {
    category: signature.category,
    title: signature.title,
    score: canonicalNumber(scoreOf(weights)),
    for: speaksFor,
    against: speaksAgainst,
    missing: [...missing, ...signature.unmeasured],
    nextCheck: signature.nextCheck,
    kbIds: signature.kbId === null ? [] : [signature.kbId],
  };
}

function scoreOf(weights: Weights): number {
  const all = weights.for + weights.against + weights.unmeasured;
  return all === 0 ? 0 : (CEILING * weights.for) / all;
}

/** The fact a sign is about; a stuck or bad channel tells nothing of the machine, only of itself. */
function factFor(sign: FaultSign, ledger: EvidenceLedger): MetricFact | null {
  const { facts } = ledger;
  if (sign.metric === ANY_METRIC)
    return facts.find((fact) => fact.stuck || fact.bad) ?? facts[0] ?? null;
  const fact = facts.find((item) => item.metric === sign.metric);
  if (fact === undefined || fact.direction === "unknown") return null;
  if (sign.direction !== "stuck" && (fact.stuck || fact.bad)) return null;
  return fact;
}

function compare(sign: FaultSign, fact: MetricFact): "matches" | keyof typeof contradictionWeights {
  switch (sign.direction) {
    case "stuck":
      return fact.stuck || fact.bad ? "matches" : "absent";
    case "noisy":
      return fact.noisy ? "matches" : "absent";
    case "steady":
      return fact.direction === "steady" && !fact.noisy ? "matches" : "opposite";
    case "up":
    case "down":
      if (fact.direction === sign.direction) return "matches";
      return fact.direction === "steady" ? "absent" : "reversed";
  }
}

/**
 * True where a metric went the other way than the fault makes it go: then its fluctuating speaks for nothing. RMS
 * values grow with whatever fluctuates; where nothing is said of their level they at least do not fall.
 */
function wentTheOtherWay(fact: MetricFact, signature: Signature): boolean {
  const levels = signature.signs.filter(
    ({ metric, direction }) =>
      metric === fact.metric && (direction === "up" || direction === "down"),
  );
  if (levels.length === 0) return fact.metric.startsWith("vibration") && fact.direction === "down";
  return levels.every((sign) => compare(sign, fact) === "reversed");
}

interface Unexplained {
  readonly fact: MetricFact;
  readonly is: BilingualText;
  readonly weight: number;
}

/** What happened although the fault does not make it happen. */
function unexplained(signature: Signature, ledger: EvidenceLedger): readonly Unexplained[] {
  const has = (metric: string, noisy: boolean): boolean =>
    signature.signs.some(
      (sign) => sign.metric === metric && (!noisy || sign.direction === "noisy"),
    );
  if (has(ANY_METRIC, false)) return [];
  return ledger.facts.flatMap((fact): readonly Unexplained[] => {
    if (fact.stuck || fact.bad) return [];
    const { direction, metric } = fact;
    if ((direction === "up" || direction === "down") && !has(metric, false)) {
      return [{ fact, is: found[direction], weight: UNEXPLAINED_WEIGHT }];
    }
    if (!fact.noisy || has(metric, true)) return [];
    return [{ fact, is: found.noisy, weight: RESTLESS_WEIGHT }];
  });
}

function behaviourText(fact: MetricFact): BilingualText {
  if (fact.direction === "up" || fact.direction === "down") return found[fact.direction];
  return fact.noisy ? found.noisy : found.steady;
}

function contradiction(sign: FaultSign, fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  const is = behaviourText(fact);
  const should = expected[sign.direction];
  return { zh: `${name.zh}${is.zh}，${should.zh}`, en: `${name.en} ${is.en}, ${should.en}` };
}

function notExplained(fact: MetricFact, is: BilingualText): BilingualText {
  const name = metricName(fact.metric);
  return { zh: `不能解释${name.zh}${is.zh}`, en: `does not explain that ${name.en} ${is.en}` };
}

function unmeasuredText(sign: FaultSign): BilingualText {
  if (sign.metric === ANY_METRIC) return { zh: "没有读数", en: "no reading" };
  const name = metricName(sign.metric);
  return { zh: `${name.zh}未测量或无基线`, en: `${name.en}: not measured, or without a baseline` };
}
