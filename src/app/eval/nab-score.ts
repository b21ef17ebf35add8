/** A file of NAB: when it was alarmed, and the windows in which an alarm is right. Rows, inclusive. */
export interface NabFile {
  readonly rows: number;
  readonly windows: readonly (readonly [number, number])[];
  readonly alarms: readonly number[];
}

export interface NabProfile {
  readonly name: string;
  readonly falseAlarm: number;
  readonly missed: number;
}

/** The benchmark's own weights. */
export const nabProfiles = [
  { name: "standard", falseAlarm: 0.11, missed: 1 },
  { name: "few false alarms", falseAlarm: 0.22, missed: 1 },
  { name: "few misses", falseAlarm: 0.11, missed: 2 },
] as const satisfies readonly NabProfile[];

/** The first rows of a file are not scored. */
export function probationOf(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** 0: nothing was ever alarmed; 100: every window at its first row and nothing else. */
export function nabScore(files: readonly NabFile[], profile: NabProfile): number {
  let reached = 0;
  let perfect = 0;
  let nothing = 0;
  for (const file of files) {
    reached += scoreFile(file, profile);
    perfect += file.windows.length * reward(-1);
    nothing -= file.windows.length * profile.missed;
  }
  return (100 * (reached - nothing)) / (perfect - nothing);
}

/** An alarm silences those within this share of the file that follow it. */
const COOLDOWN_SHARE = 0.02;

/** Rows that are alarmed, thinned by the cool-down and without those of the probation. */
export function alarmsOf(alarmed: readonly boolean[]): readonly number[] {
  const cooldown = Math.floor(COOLDOWN_SHARE * alarmed.length);
  const alarms: number[] = [];
  for (let row = probationOf(alarmed.length); row < alarmed.length; row += 1) {
    const before = alarms.at(-1);
    if (alarmed[row] !== true || (before !== undefined && row - before <= cooldown)) continue;
    alarms.push(row);
  }
  return alarms;
}

function scoreFile({ windows, alarms }: NabFile, profile: NabProfile): number {
  let score = 0;
  for (const [begin, end] of windows) {
    const first = alarms.find((row) => row >= begin && row <= end);
    if (first === undefined) score -= profile.missed;
    else score += reward(-(end - first) / Math.max(1, end - begin));
  }
  const outside = alarms.filter((row) => windows.every(([b, e]) => row < b || row > e));
  return score - profile.falseAlarm * outside.length;
}

/** 1 at the left edge of a window (−1), 0 at its right edge (0). */
function reward(position: number): number {
  return 2 / (1 + Math.exp(5 * position)) - 1;
}
