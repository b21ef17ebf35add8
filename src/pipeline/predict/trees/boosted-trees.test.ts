import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../../kernel/random.ts";
import { growBoostedTrees, predictTrees } from "./boosted-trees.ts";

const names = ["a", "b", "noise"];

/** Rows with a kink and a product, which no straight line follows. */
function someRows(count: number, seed: number) {
  const random = createRandom(seed);
  const columns = names.map(() => Float64Array.from({ length: count }, () => random.next()));
  const value = (row: number): number => {
    const a = columns[0]?.[row] ?? 0;
    const b = columns[1]?.[row] ?? 0;
    return 10 * a * b + (a > 0.7 ? 5 : 0);
  };
  const target = Float64Array.from(
    { length: count },
    (_, row) => value(row) + 0.1 * random.normal(),
  );
  return { names, columns, target };
}

function rowOf(columns: readonly Float64Array[], row: number): readonly number[] {
  return columns.map((column) => column[row] ?? 0);
}

describe("boosted trees", () => {
  it("learns what a straight line cannot, on rows it has not seen", () => {
    const learned = someRows(2_000, 1);
    const held = someRows(500, 2);
    const model = growBoostedTrees(learned, { trees: 150, featureShare: 1 });
    const mean = held.target.reduce((sum, value) => sum + value, 0) / held.target.length;
    let error = 0;
    let spread = 0;
    held.target.forEach((truth, row) => {
      error += (predictTrees(model, rowOf(held.columns, row)) - truth) ** 2;
      spread += (mean - truth) ** 2;
    });
    assert.ok(error / spread < 0.03, `${error / spread} of the variance is left`);
  });

  it("gives the same trees for the same seed, also read back from JSON, and others for another", () => {
    const rows = someRows(300, 1);
    const model = growBoostedTrees(rows, { trees: 20 });
    assert.deepEqual(growBoostedTrees(rows, { trees: 20 }), model);
    assert.deepEqual(JSON.parse(JSON.stringify(model)), model);
    assert.notDeepEqual(growBoostedTrees(rows, { trees: 20, seed: 8 }).trees, model.trees);
  });

  it("says which features it used, and little of one that tells nothing", () => {
    const { importance } = growBoostedTrees(someRows(2_000, 1), { trees: 100 });
    assert.ok(Math.abs(importance.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
    assert.ok((importance[2] ?? 1) < 0.05);
  });

  it("answers a probability between 0 and 1 for the logistic loss, near the share of what happened", () => {
    const { columns } = someRows(2_000, 3);
    const random = createRandom(4);
    const target = Float64Array.from(columns[0] ?? [], (a) => (random.next() < a ? 1 : 0));
    const model = growBoostedTrees(
      { names, columns, target },
      { loss: "logistic", trees: 60, depth: 2, featureShare: 1 },
    );
    const around = (a: number): number => {
      const others = [0.1, 0.3, 0.5, 0.7, 0.9];
      return others.reduce((sum, b) => sum + predictTrees(model, [a, b, 1 - b]), 0) / 5;
    };
    assert.ok(Math.abs(around(0.9) - 0.9) < 0.1);
    assert.ok(Math.abs(around(0.1) - 0.1) < 0.1);
  });

  it("stands constant columns, missing values and a single row", () => {
    const constant = {
      names: ["a"],
      columns: [new Float64Array(50).fill(3)],
      target: new Float64Array(50).fill(7),
    };
    assert.ok(Math.abs(predictTrees(growBoostedTrees(constant), [3]) - 7) < 1e-9);
    const one = { names: ["a"], columns: [new Float64Array(1)], target: new Float64Array(1) };
    assert.equal(predictTrees(growBoostedTrees(one), [Number.NaN]), 0);
  });
});
