import type { JudgedRow } from "./cmapss.ts";

const SIZE = 420;
const LEFT = 44;
const BOTTOM = 32;

/** Predicted against true cycles left: a dot a row, every twentieth row, and the line where both agree. */
export function drawRul(rows: readonly JudgedRow[], cap: number): string {
  const scale = (SIZE - LEFT - BOTTOM) / cap;
  const x = (cycles: number): string => (LEFT + cycles * scale).toFixed(1);
  const y = (cycles: number): string => (SIZE - BOTTOM - cycles * scale).toFixed(1);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}" font-family="sans-serif" font-size="11">`;
  const dots = rows
    .filter((_, row) => row % 20 === 0)
    .map(
      ({ left, predicted }) =>
        `<circle cx="${x(left)}" cy="${y(predicted)}" r="1.6" fill="#2f6fa8" fill-opacity="0.5"/>`,
    );
  const marks = [0, 25, 50, 75, 100, 125]
    .filter((cycles) => cycles <= cap)
    .flatMap((cycles) => [
      `<text x="${x(cycles)}" y="${SIZE - BOTTOM + 14}" text-anchor="middle" fill="#555">${cycles}</text>`,
      `<text x="${LEFT - 6}" y="${y(cycles)}" text-anchor="end" fill="#555">${cycles}</text>`,
    ]);
  return `${[
    head,
    `<rect x="${LEFT}" y="${y(cap)}" width="${cap * scale}" height="${cap * scale}" fill="none" stroke="#ccc"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(cap)}" y2="${y(cap)}" stroke="#9c1c14"/>`,
    ...dots,
    ...marks,
    `<text x="${LEFT}" y="14" fill="#555">cycles left: true (across), predicted (up)</text>`,
    "</svg>",
  ].join("\n")}\n`;
}
