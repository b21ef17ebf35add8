import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitsRise, minutesBeyond } from "./limits-effect.ts";

const rows = [
  { min: 1, max: 2 },
  { min: 1, max: 5 },
  { min: 0, max: 9 },
];

describe("the effect of limits", () => {
  it("counts minutes beyond either side", () => {
    assert.deepEqual(minutesBeyond(rows, { ll: null, l: null, h: 5, hh: 8 }), { h: 2, hh: 1 });
    assert.deepEqual(minutesBeyond(rows, { ll: 0, l: 1, h: null, hh: null }), { h: 3, hh: 1 });
    assert.deepEqual(minutesBeyond(rows, { ll: null, l: null, h: null, hh: null }), {
      h: 0,
      hh: 0,
    });
  });

  it("knows when limits do not rise", () => {
    assert.equal(limitsRise({ ll: 1, l: null, h: null, hh: 0.5 }), false);
    assert.equal(limitsRise({ ll: null, l: 1, h: 2, hh: 2 }), true);
  });
});
