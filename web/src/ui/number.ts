import type { Language } from "../app/preferences.ts";

/** A number with three or four significant digits, in a form that does not jump about. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  if (size < 1) return value.toFixed(3);
  if (size < 10) return value.toFixed(2);
  if (size < 1000) return value.toFixed(1);
  return Math.round(value).toLocaleString("en-US").replaceAll(",", "\u2009");
}

/** A whole count with thin spaces between thousands. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US").replaceAll(",", "\u2009");
}

export function formatPercent(share: number): string {
  return `${String(Math.round(share * 100))}\u2009%`;
}

const units = [
  { ms: 86_400_000, zh: "天", en: "d" },
  { ms: 3_600_000, zh: "小时", en: "h" },
  { ms: 60_000, zh: "分", en: "min" },
  { ms: 1_000, zh: "秒", en: "s" },
] as const;

/** A span in its two largest units: `4 min`, `2 h 10 min`. */
export function formatSpan(ms: number, language: Language): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  const index = units.findIndex((unit) => whole >= unit.ms);
  const first = units[index];
  if (first === undefined) return `0\u2009${language === "zh" ? "秒" : "s"}`;
  const count = Math.floor(whole / first.ms);
  const head = `${String(count)}\u2009${first[language]}`;
  const next = units[index + 1];
  // Beyond ten of the larger unit the smaller one is noise.
  if (next === undefined || count >= 10) return head;
  const rest = Math.floor((whole - count * first.ms) / next.ms);
  return rest === 0 ? head : `${head} ${String(rest)}\u2009${next[language]}`;
}

/** A clock span such as 00:55 or 1:02:03. */
export function formatClock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return h === 0 ? rest : `${String(h)}:${rest}`;
}

export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function formatDateTime(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatTime(at)}`;
}

export function formatBytes(bytes: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let index = 0;
  while (value >= 1000 && index < names.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${value >= 100 || index === 0 ? String(Math.round(value)) : value.toFixed(1)}\u2009${names[index] ?? ""}`;
}
