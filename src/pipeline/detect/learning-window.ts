import type { DetectState } from "./detect-state.ts";
import { CELL, get } from "./metric-cells.ts";

/** Rows in which the averages find their level; they teach levels, not the limits. */
const RUN_IN_ROWS = 60;
/** Rows of the learning window that are kept: of averages over several readings every second one is enough. */
const WINDOW_ROWS = 200;

/** Fast and middle minus slow average of every metric, a row per kept instant; gone once the baseline is learned. */
export interface LearningWindow {
  width: number;
  count: number;
  /** Every stride-th row is kept. */
  readonly stride: number;
  fast: Float32Array;
  level: Float32Array;
}

/** Keeps the instant that was just counted; false while the averages still run in. */
export function keepRow(state: DetectState): boolean {
  const { baseline, table, settings } = state;
  const runIn = Math.min(RUN_IN_ROWS, Math.floor(settings.learnRows / 4));
  if (baseline.rows <= runIn) return false;
  const stride = Math.max(
    1,
    Math.floor((settings.learnRows - runIn + WINDOW_ROWS - 1) / WINDOW_ROWS),
  );
  const width = table.names.length;
  const empty = (): Float32Array => new Float32Array(width * WINDOW_ROWS);
  baseline.window ??= { width, count: 0, stride, fast: empty(), level: empty() };
  const window = baseline.window;
  if (window.width !== width) widen(window, width);
  const ordinal = baseline.rows - runIn - 1;
  const kept = Math.floor(ordinal / window.stride);
  if (kept * window.stride !== ordinal || kept >= WINDOW_ROWS) return true;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const slow = get(table, slot, CELL.slow);
    window.fast[window.count * width + slot] = get(table, slot, CELL.fast) - slow;
    window.level[window.count * width + slot] = get(table, slot, CELL.middle) - slow;
  }
  window.count += 1;
  return true;
}

function widen(window: LearningWindow, width: number): void {
  const wider = (rows: Float32Array): Float32Array => {
    const next = new Float32Array(width * WINDOW_ROWS);
    for (let row = 0; row < window.count; row += 1) {
      next.set(rows.subarray(row * window.width, (row + 1) * window.width), row * width);
    }
    return next;
  };
  window.fast = wider(window.fast);
  window.level = wider(window.level);
  window.width = width;
}
