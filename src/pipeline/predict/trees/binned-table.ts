/** Rows of numbers by column, each value replaced by the number of its bin: what trees are grown on. */
export interface BinnedTable {
  readonly rows: number;
  /** Bins a feature, at most. */
  readonly width: number;
  readonly names: readonly string[];
  /** Bin of every row, a column per feature. */
  readonly bins: readonly Uint8Array[];
  /** Upper edge of each bin but the last, a list per feature. */
  readonly edges: readonly Float64Array[];
}

/** A bin is one byte. */
const BINS_MAX = 256;

/**
 * Bins a table by the quantiles of each column. A value that is not finite lies in the lowest bin.
 * `columns` are equally long.
 */
export function binTable(
  names: readonly string[],
  columns: readonly Float64Array[],
  width: number,
): BinnedTable {
  const edges = columns.map((column) => edgesOf(column, Math.min(width, BINS_MAX)));
  const bins = columns.map((column, f) => {
    const binned = new Uint8Array(column.length);
    const cuts = edges[f] ?? new Float64Array(0);
    for (let row = 0; row < column.length; row += 1)
      binned[row] = binOf(cuts, column[row] ?? Number.NaN);
    return binned;
  });
  return { rows: columns[0]?.length ?? 0, width, names, bins, edges };
}

/** Number of the first edge that is not below the value. */
function binOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  if (Number.isNaN(value)) return 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function edgesOf(column: Float64Array, width: number): Float64Array {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < width; bin += 1) {
    const place = Math.floor((bin * sorted.length) / width);
    const here = sorted[place] ?? 0;
    const before = sorted[place - 1] ?? here;
    // Between two values: a value that lies a hair beside one that was learned falls into the same bin.
    const edge = (here + before) / 2;
    if (edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY) && edge < (sorted.at(-1) ?? 0))
      edges.push(edge);
  }
  return Float64Array.from(edges);
}
