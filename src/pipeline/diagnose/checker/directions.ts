import type { MetricName } from "../../../model/basics.ts";
import type { Evidence } from "../../../model/diagnosis.ts";
import { spokenMetrics } from "../metric-names.ts";

type Direction = "up" | "down" | "steady";

interface Mention<T> {
  readonly at: number;
  readonly what: T;
  readonly text: string;
}

const words: readonly (readonly [Direction, RegExp])[] = [
  [
    "up",
    /\b(?:rose|risen|rises?|rising|increas(?:e|es|ed|ing)|climb(?:s|ed|ing)?|grew|grows?|growing|(?:is|are|went) up)\b|升高|上升|升至|增大|增加|上涨|攀升|偏高/gi,
  ],
  [
    "down",
    /\b(?:fell|fallen|falls?|falling|drop(?:s|ped|ping)?|decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|(?:is|are|went) down)\b|降低|下降|降至|减小|减少|下跌|偏低/gi,
  ],
  [
    "steady",
    /\b(?:unchanged|steady|stable|constant)\b|(?:did|has|have|does) not change|不变|未变|无明显变化|没有变化|平稳|稳定/gi,
  ],
];
/** What a fault would show, not what was seen. */
const expectation = /(?:should (?:be )?|would |expected to |应|会)$/i;
const negation =
  /(?:\b(?:not|never|no)\s(?:\w+\s)?|n't\s(?:\w+\s)?|未|没有|并未|未见|无明显|不再|并不|没)$/i;

/** The first direction that the facts contradict, in words; null: none. */
export function wrongDirection(
  sentence: string,
  cited: readonly Evidence[],
  ledger: readonly Evidence[],
): string | null {
  const metrics = metricMentions(sentence, ledger);
  for (const { at, what, text } of directionMentions(sentence)) {
    const metric = nearestMetric(sentence, at, metrics);
    const known = knownDirections(metric, cited, ledger);
    if (known.length === 0) continue;
    if (!known.some((item) => directionOf(item) === what)) {
      return `"${text}" contradicts ${known.map((item) => item.id).join(", ")}`;
    }
  }
  return null;
}

/**
 * What the direction of a metric is held against: the device's own facts. A sentence that cites statistics of that
 * metric, of another window or of a neighbour, is held against the slope of those.
 */
function knownDirections(
  metric: MetricName | null,
  cited: readonly Evidence[],
  ledger: readonly Evidence[],
): readonly Evidence[] {
  const ofMetric = (item: Evidence): boolean => metric === null || item.metric === metric;
  const statistics = cited.filter((item) => item.kind === "statistics" && ofMetric(item));
  const neighbour = statistics.filter((item) => "deviceId" in item.value);
  if (neighbour.length > 0) return neighbour;
  const own = (metric === null ? cited : ledger).filter(
    (item) => ofMetric(item) && typeof item.value["direction"] === "string",
  );
  return [...own, ...statistics];
}

function directionOf({ value }: Evidence): unknown {
  return value["direction"] ?? value["trend"];
}

function directionMentions(sentence: string): readonly Mention<Direction>[] {
  const mentions: Mention<Direction>[] = [];
  for (const [direction, pattern] of words) {
    for (const match of sentence.matchAll(pattern)) {
      const before = sentence.slice(0, match.index);
      if (expectation.test(before)) continue;
      // "Did not rise" claims that it is unchanged.
      const what = direction !== "steady" && negation.test(before) ? "steady" : direction;
      mentions.push({ at: match.index, what, text: match[0] });
    }
  }
  return mentions.sort((a, b) => a.at - b.at);
}

function metricMentions(
  sentence: string,
  ledger: readonly Evidence[],
): readonly Mention<MetricName>[] {
  const metrics = new Set(ledger.flatMap((item) => (item.metric === null ? [] : [item.metric])));
  let rest = sentence.toLowerCase();
  const mentions: Mention<MetricName>[] = [];
  for (const { spoken, metric } of spokenMetrics([...metrics])) {
    const word = spoken.toLowerCase();
    for (let at = rest.indexOf(word); at >= 0; at = rest.indexOf(word, at + word.length)) {
      mentions.push({ at, what: metric, text: spoken });
      rest = rest.slice(0, at) + "\0".repeat(word.length) + rest.slice(at + word.length);
    }
  }
  return mentions;
}

/** The metric named last before the word in its own clause, else the first one after it. */
function nearestMetric(
  sentence: string,
  at: number,
  metrics: readonly Mention<MetricName>[],
): MetricName | null {
  const start = Math.max(...[";", "；", ":", "："].map((mark) => sentence.lastIndexOf(mark, at)));
  const inClause = metrics.filter((mention) => mention.at > start);
  const before = inClause.filter((mention) => mention.at < at).sort((a, b) => b.at - a.at)[0];
  if (before !== undefined) return before.what;
  return inClause.filter((mention) => mention.at > at).sort((a, b) => a.at - b.at)[0]?.what ?? null;
}
