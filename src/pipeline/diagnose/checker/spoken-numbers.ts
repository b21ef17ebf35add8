import type { NumberClaim } from "./claims.ts";

/** Ratios in words; the tolerance of such a word is a tenth. */
const ratios: readonly (readonly [RegExp, number])[] = [
  [/\b(?:twice|doubled?|doubling|twofold)\b|翻倍|翻番|两倍|二倍|加倍/gi, 2],
  [/\b(?:tripled?|threefold|three times)\b|三倍/gi, 3],
  [/\b(?:four times|fourfold|quadrupled?)\b|四倍/gi, 4],
  [/\b(?:five times|fivefold)\b|五倍/gi, 5],
  [/\b(?:ten times|tenfold)\b|十倍/gi, 10],
  [/\b(?:halved|by half|half of)\b|减半|一半/gi, 0.5],
];

const ones =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const word = `(?:${[...ones, ...tens, "hundred", "thousand", "point", "a hundred", "a thousand"].join("|")})`;
const english = new RegExp(`\\b${word}(?:[\\s-]+(?:and\\s+)?${word})*\\b`, "gi");

const digits = "零一二三四五六七八九";
const places: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1_000, 万: 10_000 };
const chinese =
  /百分之([零〇一二两三四五六七八九十百千点]+)|([零〇一二两三四五六七八九十百千万点]+)/g;

/**
 * Numbers that a sentence spells out. They count where a unit follows: `three sensors` and `一侧` are words, `thirty
 * degrees` and `三十度` are claims.
 */
export function spokenNumbers(
  sentence: string,
  unitAfter: (rest: string) => string | null,
): readonly NumberClaim[] {
  const claims: NumberClaim[] = [];
  let rest = sentence;
  for (const [pattern, value] of ratios) {
    for (const [text] of rest.matchAll(pattern)) {
      claims.push({ text, value, tolerance: value * 0.1, sign: null, unit: "×", isChange: false });
    }
    rest = rest.replace(pattern, (text) => " ".repeat(text.length));
  }
  for (const match of rest.matchAll(english)) {
    const unit = unitAfter(rest.slice(match.index + match[0].length));
    if (unit !== null) claims.push(claim(match[0], englishNumber(match[0]), unit));
  }
  for (const match of rest.matchAll(chinese)) {
    const [text, percent, plain] = match;
    if (percent !== undefined) claims.push(claim(text, chineseNumber(percent), "%"));
    else {
      const unit = unitAfter(rest.slice(match.index + text.length));
      if (unit !== null) claims.push(claim(text, chineseNumber(plain ?? ""), unit));
    }
  }
  return claims;
}

function claim(text: string, value: number, unit: string): NumberClaim {
  return { text: `${text} ${unit}`, value, tolerance: 0.5, sign: null, unit, isChange: false };
}

function englishNumber(text: string): number {
  let [total, part] = [0, 0];
  let fraction: number | null = null;
  for (const each of text.toLowerCase().split(/[\s-]+/)) {
    const one = ones.indexOf(each);
    const ten = tens.indexOf(each);
    if (each === "point") fraction = 1;
    else if (fraction !== null && one >= 0) {
      fraction /= 10;
      part += one * fraction;
    } else if (one >= 0) part += one;
    else if (ten >= 0) part += (ten + 2) * 10;
    else if (each === "hundred") part = Math.max(1, part) * 100;
    else if (each === "thousand") {
      total += Math.max(1, part) * 1_000;
      part = 0;
    }
  }
  return total + part;
}

function chineseNumber(text: string): number {
  const [whole = "", decimals = ""] = text
    .replaceAll("〇", "零")
    .replaceAll("两", "二")
    .split("点");
  let [total, part, digit] = [0, 0, 0];
  for (const sign of whole) {
    const place = places[sign];
    if (place === undefined) digit = digits.indexOf(sign);
    else if (place === 10_000) {
      total += (part + digit) * place;
      [part, digit] = [0, 0];
    } else {
      part += Math.max(1, digit) * place;
      digit = 0;
    }
  }
  const fraction = [...decimals].map((sign) => digits.indexOf(sign)).join("");
  return total + part + digit + (fraction === "" ? 0 : Number(`0.${fraction}`));
}
