import { exp, log } from "../../../kernel/dmath.ts";
import { createRandom, type Random } from "../../../kernel/random.ts";
import { type BinnedTable, binTable } from "./binned-table.ts";
import { type Gradients, growTree, type Tree } from "./grow-tree.ts";

export type Loss = "squared" | "logistic";

export interface BoostOptions {
  readonly loss: Loss;
  readonly trees: number;
  readonly depth: number;
  /** Share of each tree that is taken. */
  readonly learningRate: number;
  readonly leafRowsMin: number;
  readonly shrinkage: number;
  /** Bins a feature, at most 256: finer cuts find rare corners, and learn noise. */
  readonly bins: number;
  /** Share of the rows, and of the features, that a tree is grown on. */
  readonly rowShare: number;
  readonly featureShare: number;
  /** The same seed gives the same trees. */
  readonly seed: number;
}

export const defaultBoostOptions: BoostOptions = {
  loss: "squared",
  trees: 200,
  depth: 5,
  learningRate: 0.05,
  leafRowsMin: 20,
  shrinkage: 1,
  bins: 48,
  rowShare: 0.5,
  featureShare: 0.4,
  seed: 7,
};

/** A sum of trees, as it is stored: plain lists that anybody can read. */
export interface BoostedTrees {
  readonly loss: Loss;
  readonly base: number;
  readonly learningRate: number;
  readonly names: readonly string[];
  readonly trees: readonly Tree[];
  /** Share of the gain of all splits, by feature; sums to 1. */
  readonly importance: readonly number[];
}

/**
 * Gradient-boosted trees on `columns` (one list per feature). Deterministic: seed and rows give the same trees to the
 * bit. Weights are 1 where none are given.
 */
export function growBoostedTrees(
  data: {
    readonly names: readonly string[];
    readonly columns: readonly Float64Array[];
    readonly target: Float64Array;
    readonly weights?: Float64Array;
  },
  asked: Partial<BoostOptions> = {},
): BoostedTrees {
  const options = { ...defaultBoostOptions, ...asked };
  const table = binTable(data.names, data.columns, options.bins);
  const random = createRandom(options.seed);
  const base = baseOf(data.target, options.loss);
  const scores = new Float64Array(table.rows).fill(base);
  const gradients = { g: new Float64Array(table.rows), h: new Float64Array(table.rows) };
  const gains = new Float64Array(table.names.length);
  const trees: Tree[] = [];
  for (let i = 0; i < options.trees; i += 1) {
    setGradients(gradients, scores, { ...data, loss: options.loss });
    const rows = sampleRows(table.rows, options.rowShare, random);
    const features = sampleFeatures(table.names.length, options.featureShare, random);
    const tree = growTree(table, gradients, { ...options, rows, features, gains });
    trees.push(tree);
    addTree(scores, tree, { table, learningRate: options.learningRate });
  }
  const gained = gains.reduce((sum, gain) => sum + gain, 0);
  return {
    loss: options.loss,
    base,
    learningRate: options.learningRate,
    names: data.names,
    trees,
    importance: Array.from(gains, (gain) => (gained > 0 ? gain / gained : 0)),
  };
}

/** Value for one row of features, in the order of `names`; a probability for the logistic loss. */
export function predictTrees(model: BoostedTrees, features: ArrayLike<number>): number {
  let sum = 0;
  for (const tree of model.trees) sum += leafValue(tree, features);
  const score = model.base + model.learningRate * sum;
  return model.loss === "logistic" ? sigmoid(score) : score;
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

function leafValue(tree: Tree, features: ArrayLike<number>): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] as number;
    if (feature < 0) return tree.value[node] as number;
    // What is not a number goes left, as it did while learning.
    const goesRight = (features[feature] as number) > (tree.threshold[node] as number);
    node = (goesRight ? tree.right[node] : tree.left[node]) as number;
  }
}

function addTree(
  scores: Float64Array,
  tree: Tree,
  { table, learningRate }: { readonly table: BinnedTable; readonly learningRate: number },
): void {
  const cuts = tree.feature.map((feature, node) => {
    const edges = table.edges[feature];
    return edges === undefined ? 0 : edges.indexOf(tree.threshold[node] ?? 0);
  });
  for (let row = 0; row < scores.length; row += 1) {
    let node = 0;
    for (;;) {
      const feature = tree.feature[node] as number;
      if (feature < 0) break;
      const bin = table.bins[feature]?.[row] as number;
      node = (bin <= (cuts[node] as number) ? tree.left[node] : tree.right[node]) as number;
    }
    scores[row] = (scores[row] as number) + learningRate * (tree.value[node] as number);
  }
}

function baseOf(target: Float64Array, loss: Loss): number {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length);
  if (loss === "squared") return mean;
  const rate = Math.min(0.999, Math.max(0.001, mean));
  return log(rate / (1 - rate));
}

function setGradients(
  { g, h }: Gradients,
  scores: Float64Array,
  data: { readonly target: Float64Array; readonly weights?: Float64Array; readonly loss: Loss },
): void {
  for (let row = 0; row < scores.length; row += 1) {
    const weight = data.weights?.[row] ?? 1;
    const score = scores[row] as number;
    const target = data.target[row] as number;
    if (data.loss === "squared") {
      g[row] = weight * (score - target);
      h[row] = weight;
    } else {
      const p = sigmoid(score);
      g[row] = weight * (p - target);
      h[row] = weight * Math.max(1e-6, p * (1 - p));
    }
  }
}

function sampleRows(count: number, share: number, random: Random): Int32Array {
  const rows = new Int32Array(count);
  let taken = 0;
  for (let row = 0; row < count; row += 1) {
    if (share < 1 && random.next() >= share) continue;
    rows[taken] = row;
    taken += 1;
  }
  return rows.subarray(0, taken);
}

function sampleFeatures(count: number, share: number, random: Random): readonly number[] {
  const all = Array.from({ length: count }, (_, feature) => feature);
  const wanted = Math.max(1, Math.floor(share * count + 0.5));
  for (let i = 0; i < wanted; i += 1) {
    const other = i + random.integer(count - i);
    const here = all[i] as number;
    all[i] = all[other] as number;
    all[other] = here;
  }
  return all.slice(0, wanted).toSorted((a, b) => a - b);
}
