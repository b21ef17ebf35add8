import type { Evidence } from "../../../model/diagnosis.ts";
import type { CheckContext, Taken } from "./check-text.ts";

/** Clock times and dates; an instant with a zone is checked as the two. */
const pattern =
  /\d{4}[-/]\d{1,2}[-/]\d{1,2}T?|(?<!\d)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?|\d{4}年\d{1,2}月\d{1,2}日|(?<!\d)\d{1,2}月\d{1,2}日|(?<!\d)\d{1,2}[时点]\d{1,2}分(?:\d{1,2}秒)?/g;

/**
 * A stated time must be one of the cited evidence: an instant it holds, or an edge of its window. Any other time,
 * inside the window or not, is something nobody has measured.
 */
export function takeTimes(body: string, cited: readonly Evidence[], context: CheckContext): Taken {
  const known = new Set(cited.flatMap(instantsOf).flatMap((at) => spellings(at, context)));
  const found = [...body.matchAll(pattern)];
  for (const [text] of found) {
    if (!known.has(text)) return { ok: false, reason: `time ${text} is not in the evidence` };
  }
  return { ok: true, rest: body.replace(pattern, " "), checked: found.length };
}

function instantsOf({ value, window }: Evidence): readonly number[] {
  const own = Object.entries(value).flatMap(([key, item]) =>
    key.endsWith("At") && typeof item === "number" ? [item] : [],
  );
  return window === null ? own : [...own, window.from, window.to];
}

function spellings(at: number, { time }: CheckContext): readonly string[] {
  const clock = time.time(at);
  const date = time.date(at);
  const [hour = "", minute = "", second = ""] = clock.split(":");
  const [year = "", month = "", day = ""] = date.split("-");
  return [
    clock,
    clock.slice(0, 5),
    date,
    date.replaceAll("-", "/"),
    `${year}年${Number(month)}月${Number(day)}日`,
    `${Number(month)}月${Number(day)}日`,
    `${Number(hour)}时${minute}分`,
    `${hour}时${minute}分`,
    `${Number(hour)}点${minute}分`,
    `${hour}时${minute}分${second}秒`,
  ];
}
