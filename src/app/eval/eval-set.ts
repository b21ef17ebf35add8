/** One number that was to be reached, and what was. */
export interface Goal {
  readonly name: string;
  readonly asked: string;
  readonly reached: string;
  readonly ok: boolean;
}

/** Rows for people; `--json` carries the same. */
export interface EvalTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Drawn beside the page that the tables are written into. */
export interface EvalPicture {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** What one data set says of the detectors. */
export interface EvalResult {
  readonly set: string;
  readonly goals: readonly Goal[];
  readonly tables: readonly EvalTable[];
  readonly pictures?: readonly EvalPicture[];
  /** The numbers behind the tables, for programs. */
  readonly numbers: Readonly<Record<string, number | null>>;
}

/** One public data set; its folder is `name`. Labels are read here and never reach a detector. */
export interface EvalSet {
  readonly name: string;
  readonly title: string;
  readonly needsNoData?: boolean;
  /** `folder` holds the files of this set. */
  evaluate(folder: string): Promise<EvalResult>;
}

/** A goal that a number must not fall below. */
export function atLeast(name: string, value: number, bound: number, digits = 3): Goal {
  const asked = `≥ ${bound}`;
  return { name, asked, reached: value.toFixed(digits), ok: value >= bound };
}

/** A goal that a number must not exceed. */
export function atMost(name: string, value: number, bound: number, digits = 3): Goal {
  const asked = `≤ ${bound}`;
  return { name, asked, reached: value.toFixed(digits), ok: value <= bound };
}

/** 100 × part / whole; 0 where there is no whole. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

/** Middle value, the upper one of two; null without values. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
