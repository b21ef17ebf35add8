import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../../kernel/random.ts";
import { HOUR } from "../../../model/basics.ts";
import { applyFailureModel } from "./failure-model.ts";
import { fallingStaircase, probabilityAt } from "./isotonic.ts";
import type { RunHistory } from "./run-history.ts";
import { trainFailureModel } from "./train-failure-model.ts";
import { rowAt, trainingRows } from "./training-rows.ts";
import { featureNames, featuresAt } from "./window-features.ts";

const options = { deviceType: "pump", cap: 60, seed: 7 };

/** A pump whose vibration grows faster and faster over its last fifty hours; lives differ by half. */
function aRun(number: number): RunHistory {
  const random = createRandom(100 + number);
  const life = 90 + random.integer(60);
  const steps = Array.from({ length: life }, (_, step) => life - 1 - step);
  return {
    id: `pump-${number}`,
    from: number * 1_000 * HOUR,
    to: (number * 1_000 + life) * HOUR,
    stepMs: HOUR,
    values: {
      vibration: Float64Array.from(
        steps,
        (left) => 0.2 + Math.max(0, 50 - left) ** 2 / 5_000 + 0.02 * random.normal(),
      ),
      flow: Float64Array.from(steps, () => 30 + random.normal()),
    },
  };
}

const runs = Array.from({ length: 24 }, (_, number) => aRun(number));

describe("window features", () => {
  it("look at nothing that comes after their step", () => {
    const column = Float64Array.from({ length: 100 }, (_, i) => i % 7);
    const changed = column.with(60, 1e9);
    assert.deepEqual(featuresAt([column], 59, 60), featuresAt([changed], 59, 60));
    assert.notDeepEqual(featuresAt([column], 60, 61), featuresAt([changed], 60, 61));
  });

  it("have a name each", () => {
    const columns = [new Float64Array(40), new Float64Array(40)];
    assert.equal(featureNames(["a", "b"]).length, featuresAt(columns, 39, 40).length);
  });
});

describe("failure model", () => {
  const model = trainFailureModel(runs.slice(0, 16), options);
  const held = trainingRows(runs.slice(16), model.metrics, options.cap);

  it("predicts pumps it has not seen better than their mean, and says as much of itself", () => {
    const errors = Array.from(
      held.left,
      (left, row) => applyFailureModel(model, rowAt(held, row)).left - left,
    );
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    assert.ok(rmse < 0.5 * model.skill.rmseOfMeanSteps);
    assert.ok(model.skill.rmseSteps < 0.6 * model.skill.rmseOfMeanSteps);
  });

  it("gives intervals that hold about nine of ten truths of unseen pumps", () => {
    const inside = Array.from(held.left, (left, row) => {
      const { p05, p95 } = applyFailureModel(model, rowAt(held, row)).rul;
      return left >= p05 && left <= p95;
    });
    const share = inside.filter(Boolean).length / inside.length;
    assert.ok(share > 0.8 && share < 0.99, `${share}`);
  });

  it("gives a probability that grows with the horizon and is large near the end", () => {
    const last = held.left.indexOf(0);
    const said = applyFailureModel(model, rowAt(held, last));
    const probabilities = [1, 2, 5, 10, 24, 38].map((steps) => said.probability(steps) ?? -1);
    assert.deepEqual(
      probabilities,
      probabilities.toSorted((a, b) => a - b),
    );
    assert.ok((probabilities.at(-1) ?? 0) > 0.9);
  });

  it("refuses a horizon that it was not trained for", () => {
    const said = applyFailureModel(model, rowAt(held, 0));
    assert.equal(said.probability(options.cap), null);
  });

  it("is the same after a round trip through JSON, and names its data and features", () => {
    const read = JSON.parse(JSON.stringify(model));
    const row = rowAt(held, 5);
    assert.equal(applyFailureModel(read, row).left, applyFailureModel(model, row).left);
    assert.deepEqual(model.metrics, ["flow", "vibration"]);
    assert.equal(model.data.histories.length, 16);
    assert.equal(model.data.to, runs[15]?.to);
  });

  it("knows no skill where the readings tell nothing of the end", () => {
    const silent = runs.slice(0, 12).map((run, number) => {
      const random = createRandom(number);
      return {
        ...run,
        values: { flow: (run.values["flow"] ?? new Float64Array()).map(() => random.normal()) },
      };
    });
    const blind = trainFailureModel(silent, options);
    const skill = blind.skill.horizons.map(
      ({ brier, brierOfBaseRate }) => 1 - brier / brierOfBaseRate,
    );
    assert.ok(Math.max(...skill) < 0.35, skill.join(" "));
  });
});

describe("calibration by a staircase", () => {
  it("falls, and gives the share of what happened", () => {
    const random = createRandom(5);
    const cases = Array.from({ length: 3_000 }, () => {
      const prediction = 100 * random.next();
      return { prediction, happened: random.next() < 1 - prediction / 100 };
    });
    const curve = fallingStaircase(cases);
    assert.deepEqual(
      curve.probability,
      curve.probability.toSorted((a, b) => b - a),
    );
    for (const prediction of [10, 50, 90])
      assert.ok(Math.abs(probabilityAt(curve, prediction) - (1 - prediction / 100)) < 0.1);
  });
});
