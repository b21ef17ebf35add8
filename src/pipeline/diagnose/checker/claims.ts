import { canonicalUnit, knownUnits } from "../../../model/units.ts";
import { rateUnit } from "../number-format.ts";
import { spokenNumbers } from "./spoken-numbers.ts";

/** A number as a sentence states it. */
export interface NumberClaim {
  readonly text: string;
  readonly value: number;
  /** Half a unit of its last digit: what it may be off by rounding. */
  readonly tolerance: number;
  readonly sign: "+" | "-" | null;
  /** Said as a difference (`up 78 %`), not as a part of something (`78 % of its limit`). */
  readonly isChange: boolean;
  /** Canonical; null: none stated. */
  readonly unit: string | null;
}

/** Ways of writing a unit, on top of those that readings may use. */
const spoken: Readonly<Record<string, string>> = {
  "%": "%",
  "％": "%",
  "per cent": "%",
  percent: "%",
  times: "×",
  "×": "×",
  "-fold": "×",
  fold: "×",
  x: "×",
  倍: "×",
  s: "s",
  秒: "s",
  seconds: "s",
  second: "s",
  min: "min",
  分钟: "min",
  minutes: "min",
  minute: "min",
  h: "h",
  小时: "h",
  hours: "h",
  hour: "h",
  sec: "s",
  分: "min",
  mins: "min",
  度: "°C",
  摄氏度: "°C",
  "degrees Celsius": "°C",
  "degree Celsius": "°C",
  degrees: "°C",
  安: "A",
  安培: "A",
  amps: "A",
  amperes: "A",
  兆帕: "MPa",
  天: "d",
  days: "d",
  day: "d",
};

const physical = knownUnits().filter((unit) => unit !== "1" && unit !== "%");
const units: ReadonlyMap<string, string> = new Map([
  ...Object.entries(spoken),
  ...["", "%", ...physical].flatMap((unit): [string, string][] => [
    [rateUnit(unit, "min"), rateUnit(unit, "min")],
    [rateUnit(unit, "h"), rateUnit(unit, "h")],
  ]),
  ...physical.map((unit): [string, string] => [unit, unit]),
  ...["degC", "℃", "degF", "℉", "kelvin", "mpa", "kpa", "RPM", "m/s2", "l/min", "m3/h"].map(
    (alias): [string, string] => [alias, canonicalUnit(alias) ?? alias],
  ),
]);
const byLength = [...units.keys()].sort((a, b) => b.length - a.length);

/** True for a way of writing a unit. */
export function isUnit(text: string): boolean {
  return units.has(text);
}

const changeBefore =
  /(?:\bby|\bup|\bdown|升高了?|降低了?|下降了?|上升了?|增加了?|减少了?|高出|高了|低了|涨了)\s*(?:about|some|nearly|约|近)?\s*$/i;
const changeAfter =
  /^\s*(?:%|per ?cent)\s*(?:higher|lower|above|below|more|less|rise|increase|drop|decrease)/i;

const numberPattern = /(?<![A-Za-z_\d.])([-+])?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(e[-+]?\d+)?/g;

/** Full-width digits and signs as their plain forms, so that they cannot hide a number. */
export function plainDigits(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replaceAll("．", ".")
    .replaceAll("−", "-")
    .replaceAll("－", "-")
    .replaceAll("＋", "+");
}

/** All numbers of a sentence, words for numbers included. */
export function numberClaims(sentence: string): readonly NumberClaim[] {
  const claims: NumberClaim[] = [];
  for (const match of sentence.matchAll(numberPattern)) {
    const [text, sign, whole = "", fraction = "", exponent = ""] = match;
    const value = Number(`${whole.replaceAll(",", "")}${fraction}${exponent}`);
    const digits = Math.max(0, fraction.length - 1);
    const unit = unitAfter(sentence.slice(match.index + text.length));
    claims.push({
      text: unit === null ? text : `${text} ${unit}`,
      value,
      tolerance: 0.5 * 10 ** (Number(exponent.slice(1)) - digits),
      sign: sign === "+" || sign === "-" ? sign : null,
      isChange:
        sign !== undefined ||
        changeBefore.test(sentence.slice(0, match.index)) ||
        changeAfter.test(sentence.slice(match.index + text.length)),
      unit,
    });
  }
  return [...claims, ...spokenNumbers(sentence, unitAfter)];
}

/** A digit of another script, or a number sign that has no plain form, could hide a number: in words why not. */
export function strangeDigit(sentence: string): string | null {
  const found = sentence.replace(/(?<=[ms])[²³]/g, "").match(/[^\P{N}0-9]/u);
  return found === null ? null : `"${found[0]}" is no plain digit`;
}

function unitAfter(rest: string): string | null {
  const text = rest.replace(/^[\s\u00a0]+/, "");
  for (const unit of byLength) {
    if (!text.startsWith(unit)) continue;
    // `3 sensors` is not three seconds.
    if (/[A-Za-z]$/.test(unit) && /^[A-Za-z]/.test(text.slice(unit.length))) continue;
    return units.get(unit) ?? null;
  }
  return null;
}
