import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../../kernel/random.ts";
import { HOUR } from "../../../model/basics.ts";
import { reachedWithin, type UncertainDrift } from "./first-passage.ts";
import { forecastLimit } from "./limit-forecast.ts";

/** Share of simulated paths that reach the limit: what the closed form must agree with. */
function simulated(process: UncertainDrift, distance: number, time: number): number {
  const random = createRandom(11);
  const steps = 1_000;
  const paths = 3_000;
  let reached = 0;
  for (let path = 0; path < paths; path += 1) {
    const drift = process.drift + process.driftSd * random.normal();
    const dt = time / steps;
    let level = 0;
    for (let step = 0; step < steps; step += 1) {
      level += drift * dt + process.diffusion * Math.sqrt(dt) * random.normal();
      if (level < distance) continue;
      reached += 1;
      break;
    }
  }
  return reached / paths;
}

/** Vibration that grows from 0.2 g by so many per cent an hour, a value every ten minutes, with noise. */
function aTrend(percentAnHour: number, hours: number, seed = 3) {
  const random = createRandom(seed);
  const at = Array.from({ length: hours * 6 }, (_, i) => (i * HOUR) / 6);
  const values = at.map(
    (t) => 0.2 * (1 + percentAnHour / 100) ** (t / HOUR) * (1 + 0.01 * random.normal()),
  );
  return { at, values };
}

describe("first passage of a Wiener process with uncertain drift", () => {
  it("agrees with simulated paths", () => {
    const cases = [
      { drift: 0.05, driftSd: 0.01, diffusion: 0.1 },
      { drift: 0.02, driftSd: 0.03, diffusion: 0.2 },
      { drift: -0.02, driftSd: 0.02, diffusion: 0.15 },
    ];
    for (const process of cases) {
      const exact = reachedWithin(process, 1, 24);
      const counted = simulated(process, 1, 24);
      // Paths in steps miss crossings between them: the count lies a little below.
      assert.ok(Math.abs(exact - counted) < 0.04, `${exact} against ${counted}`);
    }
  });

  it("grows with time, falls with distance, and stays between 0 and 1 for extreme inputs", () => {
    const process = { drift: 0.3, driftSd: 5, diffusion: 1e-6 };
    let before = 0;
    for (const time of [0, 1e-9, 1, 10, 1e3, 1e9]) {
      const now = reachedWithin(process, 2, time);
      assert.ok(now >= before - 1e-9 && now <= 1);
      before = now;
    }
    assert.ok(reachedWithin(process, 1, 5) >= reachedWithin(process, 3, 5));
    assert.equal(reachedWithin(process, 0, 5), 1);
  });
});

describe("forecast of a limit", () => {
  it("expects a steady trend to reach its limit when it does, and bounds the time on both sides", () => {
    // 2 % an hour from 0.2 g: 0.5 g after 46.3 h, 22.3 h after the trend seen here.
    const forecast = forecastLimit(aTrend(2, 24), 0.5, true);
    assert.ok(forecast?.rul != null);
    assert.ok(forecast.rul.p05 < 22.3 && forecast.rul.p95 > 22.3);
    assert.ok(Math.abs(forecast.rul.p50 - 22.3) < 4);
    assert.ok(forecast.probability(6) < 0.1 && forecast.probability(48) > 0.8);
  });

  it("gives no interval and little probability where nothing moves", () => {
    const forecast = forecastLimit(aTrend(0, 24), 0.5, true);
    assert.equal(forecast?.rul, null);
    assert.ok((forecast?.probability(24) ?? 1) < 0.05);
  });

  it("looks down for a low limit, also below zero", () => {
    const { at, values } = aTrend(2, 24);
    const falling = { at, values: values.map((value) => 0.3 - value) };
    const forecast = forecastLimit(falling, -0.2, false);
    assert.ok((forecast?.probability(48) ?? 0) > 0.6);
    assert.ok((forecastLimit(falling, 0.6, true)?.probability(24) ?? 1) < 0.05);
  });

  it("forecasts nothing where the limit is reached already", () => {
    const { at, values } = aTrend(2, 24);
    assert.equal(forecastLimit({ at, values }, 0.25, true), null);
  });

  it("says nothing of fewer than twelve values or of values at one time", () => {
    const { at, values } = aTrend(2, 24);
    assert.equal(
      forecastLimit({ at: at.slice(0, 11), values: values.slice(0, 11) }, 0.5, true),
      null,
    );
    assert.equal(forecastLimit({ at: at.map(() => 0), values }, 0.5, true), null);
  });
});
