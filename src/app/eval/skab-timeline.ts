import type { DetectedRow } from "../recording/detect-recording.ts";

/** One file as it is drawn: what was wrong and what was said, row by row. */
export interface Strip {
  readonly name: string;
  readonly labels: readonly boolean[];
  readonly rows: readonly DetectedRow[];
}

const LEFT = 90;
const WIDTH = 900;
const HEIGHT = 16;
const GAP = 6;
const TOP = 24;

/** Every file as a strip: grey while learning, pale where the fault is in, dark where a deviation was told. */
export function drawTimeline(strips: readonly Strip[]): string {
  const longest = Math.max(1, ...strips.map(({ rows }) => rows.length));
  const scale = (WIDTH - LEFT) / longest;
  const height = TOP + strips.length * (HEIGHT + GAP);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`;
  const legend = `<text x="${LEFT}" y="14" fill="#555">grey: learning · pale red: the fault is in · dark red: a deviation was told · one row a second</text>`;
  const body = strips.map((strip, i) => drawStrip(strip, { y: TOP + i * (HEIGHT + GAP), scale }));
  return `${[head, legend, ...body, "</svg>"].join("\n")}\n`;
}

function drawStrip(
  { name, labels, rows }: Strip,
  { y, scale }: { readonly y: number; readonly scale: number },
): string {
  const band = (
    runs: readonly (readonly [number, number])[],
    {
      color,
      top,
      height,
    }: { readonly color: string; readonly top: number; readonly height: number },
  ): string =>
    runs
      .map(([from, to]) => {
        const x = (LEFT + from * scale).toFixed(1);
        const width = Math.max(0.5, (to - from) * scale).toFixed(1);
        return `<rect x="${x}" y="${y + top}" width="${width}" height="${height}" fill="${color}"/>`;
      })
      .join("");
  const all = [[0, rows.length]] as const;
  const learning = runsOf(rows.map(({ state }) => state === "learning"));
  const told = runsOf(rows.map(({ state }) => state === "deviation"));
  return [
    `<text x="0" y="${y + 12}" fill="#222">${name.replace(".csv", "")}</text>`,
    band(all, { color: "#f2f2f2", top: 0, height: HEIGHT }),
    band(learning, { color: "#d0d0d0", top: 0, height: HEIGHT }),
    band(runsOf(labels), { color: "#f6b8b0", top: 0, height: HEIGHT }),
    band(told, { color: "#9c1c14", top: 5, height: 6 }),
  ].join("");
}

/** Begin and end of every run of true. */
function runsOf(flags: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  flags.forEach((flag, row) => {
    const last = runs.at(-1);
    if (!flag) return;
    if (last !== undefined && last[1] === row) last[1] = row + 1;
    else runs.push([row, row + 1]);
  });
  return runs;
}
