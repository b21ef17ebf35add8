import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fixed, rangeOf, within } from "./range.ts";

describe("the time range of a device page", () => {
  it("is the last hour, live, when the address says nothing or nonsense", () => {
    for (const text of ["", "range=2y", "from=5&to=3", "from=a&to=b"]) {
      assert.deepEqual(rangeOf(new URLSearchParams(text)), {
        live: true,
        name: "1h",
        spanMs: 3_600_000,
      });
    }
  });

  it("survives the way through the address", () => {
    const params = new URLSearchParams(fixed(1_000_000, 2_000_000));
    assert.deepEqual(rangeOf(params), { live: false, from: 1_000_000, to: 2_000_000 });
  });

  it("is never shorter than ten seconds nor longer than seven days", () => {
    assert.equal(within(1000, 1001).to - within(1000, 1001).from, 10_000);
    const long = within(0, 100 * 86_400_000);
    assert.equal(long.to - long.from, 7 * 86_400_000);
  });
});
