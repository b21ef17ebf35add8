import type { BinnedTable } from "./binned-table.ts";

/** One tree as plain lists, node 0 first; a leaf has `feature` −1. A value ≤ threshold goes left. */
export interface Tree {
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly value: number[];
}

export interface GrowOptions {
  readonly depth: number;
  readonly leafRowsMin: number;
  /** Pulls the value of small leaves towards 0. */
  readonly shrinkage: number;
  /** Features this tree may ask for. */
  readonly features: readonly number[];
  /** What a split gained, added per feature. */
  readonly gains: Float64Array;
}

/** First and second derivative of the loss of each row. */
export interface Gradients {
  readonly g: Float64Array;
  readonly h: Float64Array;
}

/** Grows one tree on these rows, greedily by the gain of the loss. The order of `rows` is changed. */
export function growTree(
  table: BinnedTable,
  gradients: Gradients,
  options: GrowOptions & { readonly rows: Int32Array },
): Tree {
  const tree: Tree = { feature: [], threshold: [], left: [], right: [], value: [] };
  const whole = { from: 0, to: options.rows.length, depth: 0 };
  addNode(tree, { table, gradients, options }, { ...whole, sums: null });
  return tree;
}

interface Growth {
  readonly table: BinnedTable;
  readonly gradients: Gradients;
  readonly options: GrowOptions & { readonly rows: Int32Array };
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  /** Sums per feature and bin; null: not computed yet. */
  readonly sums: Sums | null;
}

/** Gradient, curvature and rows per feature and bin. */
interface Sums {
  readonly g: Float64Array;
  readonly h: Float64Array;
  readonly n: Int32Array;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
}

function addNode(tree: Tree, growth: Growth, part: Part): number {
  const { options } = growth;
  const node = tree.feature.length;
  const { g, h } = totalOf(growth, part);
  tree.feature.push(-1);
  tree.threshold.push(0);
  tree.left.push(-1);
  tree.right.push(-1);
  tree.value.push(-g / (h + options.shrinkage));
  if (part.depth >= options.depth || part.to - part.from < 2 * options.leafRowsMin) return node;
  const sums = part.sums ?? sumsOf(growth, part);
  const split = bestSplit(growth, sums, { g, h });
  if (split === null) return node;
  options.gains[split.feature] = (options.gains[split.feature] ?? 0) + split.gain;
  const middle = divide(growth, part, split);
  const depth = part.depth + 1;
  const [a, b] = childSums(growth, { ...part, sums }, middle);
  tree.feature[node] = split.feature;
  tree.threshold[node] = growth.table.edges[split.feature]?.[split.bin] ?? 0;
  tree.left[node] = addNode(tree, growth, { from: part.from, to: middle, depth, sums: a });
  tree.right[node] = addNode(tree, growth, { from: middle, to: part.to, depth, sums: b });
  return node;
}

function totalOf({ gradients, options }: Growth, part: Part): { g: number; h: number } {
  let g = 0;
  let h = 0;
  for (let i = part.from; i < part.to; i += 1) {
    const row = options.rows[i] ?? 0;
    g += gradients.g[row] ?? 0;
    h += gradients.h[row] ?? 0;
  }
  return { g, h };
}

function emptySums(features: number, width: number): Sums {
  const size = features * width;
  return { g: new Float64Array(size), h: new Float64Array(size), n: new Int32Array(size) };
}

function sumsOf({ table, gradients, options }: Growth, part: Omit<Part, "sums">): Sums {
  const sums = emptySums(options.features.length, table.width);
  const { rows } = options;
  options.features.forEach((feature, place) => {
    const column = table.bins[feature];
    if (column === undefined) return;
    const base = place * table.width;
    for (let i = part.from; i < part.to; i += 1) {
      const row = rows[i] as number;
      const at = base + (column[row] as number);
      sums.g[at] = (sums.g[at] as number) + (gradients.g[row] as number);
      sums.h[at] = (sums.h[at] as number) + (gradients.h[row] as number);
      sums.n[at] = (sums.n[at] as number) + 1;
    }
  });
  return sums;
}

/** Only the smaller child is summed; the other is what is left. */
function childSums(
  growth: Growth,
  part: Part & { readonly sums: Sums },
  middle: number,
): readonly [Sums | null, Sums | null] {
  const depth = part.depth + 1;
  if (depth >= growth.options.depth) return [null, null];
  const leftIsSmall = middle - part.from <= part.to - middle;
  const small = sumsOf(
    growth,
    leftIsSmall ? { from: part.from, to: middle, depth } : { from: middle, to: part.to, depth },
  );
  const large = emptySums(growth.options.features.length, growth.table.width);
  for (let i = 0; i < large.g.length; i += 1) {
    large.g[i] = (part.sums.g[i] as number) - (small.g[i] as number);
    large.h[i] = (part.sums.h[i] as number) - (small.h[i] as number);
    large.n[i] = (part.sums.n[i] as number) - (small.n[i] as number);
  }
  return leftIsSmall ? [small, large] : [large, small];
}

function bestSplit(
  { table, options }: Growth,
  sums: Sums,
  total: { readonly g: number; readonly h: number },
): Split | null {
  const { shrinkage, leafRowsMin } = options;
  const whole = (total.g * total.g) / (total.h + shrinkage);
  let best: Split | null = null;
  options.features.forEach((feature, place) => {
    const cuts = table.edges[feature]?.length ?? 0;
    const base = place * table.width;
    let all = 0;
    for (let bin = 0; bin <= cuts; bin += 1) all += sums.n[base + bin] ?? 0;
    let g = 0;
    let h = 0;
    let n = 0;
    for (let bin = 0; bin < cuts; bin += 1) {
      g += sums.g[base + bin] ?? 0;
      h += sums.h[base + bin] ?? 0;
      n += sums.n[base + bin] ?? 0;
      if (n < leafRowsMin || all - n < leafRowsMin) continue;
      const rest = total.g - g;
      const gain = (g * g) / (h + shrinkage) + (rest * rest) / (total.h - h + shrinkage) - whole;
      if (gain > (best?.gain ?? 1e-9)) best = { feature, bin, gain };
    }
  });
  return best;
}

/** Puts the rows of the left child first; gives where the right one begins. */
function divide({ table, options }: Growth, part: Part, split: Split): number {
  const { rows } = options;
  const column = table.bins[split.feature];
  const right: number[] = [];
  let middle = part.from;
  for (let i = part.from; i < part.to; i += 1) {
    const row = rows[i] ?? 0;
    if ((column?.[row] ?? 0) <= split.bin) {
      rows[middle] = row;
      middle += 1;
    } else right.push(row);
  }
  rows.set(right, middle);
  return middle;
}
