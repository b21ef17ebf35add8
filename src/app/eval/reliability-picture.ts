/** Something that was said with a probability, and whether it came. */
export interface Told {
  readonly probability: number;
  readonly happened: boolean;
}

const SIZE = 420;
const LEFT = 44;
const BOTTOM = 32;
const BINS = 10;

/** Predicted against observed in ten bins, a dot as large as its share of the cases, and the line where both agree. */
export function drawReliability(
  series: readonly { readonly name: string; readonly cases: readonly Told[] }[],
): string {
  const side = SIZE - LEFT - BOTTOM;
  const x = (share: number): string => (LEFT + share * side).toFixed(1);
  const y = (share: number): string => (SIZE - BOTTOM - share * side).toFixed(1);
  const colors = ["#2f6fa8", "#b06a00", "#5b3f9c"];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}" font-family="sans-serif" font-size="11">`;
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<text x="${x(share)}" y="${SIZE - BOTTOM + 14}" text-anchor="middle" fill="#555">${share}</text>`,
    `<text x="${LEFT - 6}" y="${y(share)}" text-anchor="end" fill="#555">${share}</text>`,
  ]);
  const dots = series.flatMap(({ name, cases }, i) => {
    const color = colors[i % colors.length] ?? "#222";
    const legend = `<text x="${LEFT + 8}" y="${44 + 14 * i}" fill="${color}">${name}, ${cases.length} forecasts</text>`;
    return [legend, ...binsOf(cases).map((bin) => dotOf(bin, { x, y, color }))];
  });
  return `${[
    head,
    `<rect x="${LEFT}" y="${y(1)}" width="${side}" height="${side}" fill="none" stroke="#ccc"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#9c1c14"/>`,
    ...dots,
    ...marks,
    `<text x="${LEFT}" y="14" fill="#555">probability: predicted (across), observed (up)</text>`,
    "</svg>",
  ].join("\n")}\n`;
}

interface Bin {
  readonly predicted: number;
  readonly observed: number;
  readonly share: number;
}

function binsOf(cases: readonly Told[]): readonly Bin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const part = cases.filter(
      ({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === bin,
    );
    const sum = part.reduce((total, { probability }) => total + probability, 0);
    return {
      predicted: sum / Math.max(1, part.length),
      observed: part.filter(({ happened }) => happened).length / Math.max(1, part.length),
      share: part.length / Math.max(1, cases.length),
    };
  }).filter(({ share }) => share > 0);
}

function dotOf(
  { predicted, observed, share }: Bin,
  at: {
    readonly x: (share: number) => string;
    readonly y: (share: number) => string;
    readonly color: string;
  },
): string {
  const radius = (3 + 12 * Math.sqrt(share)).toFixed(1);
  return `<circle cx="${at.x(predicted)}" cy="${at.y(observed)}" r="${radius}" fill="${at.color}" fill-opacity="0.6"/>`;
}
