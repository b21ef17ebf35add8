import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatBytes, formatClock, formatNumber, formatSpan } from "./number.ts";

describe("numbers for people", () => {
  it("keeps the digits that a reader can use", () => {
    assert.deepEqual([0, 0.5231, 2.1, 45.26, 1450.4, 0.00002].map(formatNumber), [
      "0.000",
      "0.523",
      "2.10",
      "45.3",
      "1\u2009450",
      "2.0e-5",
    ]);
  });

  it("tells a span in its two largest units", () => {
    assert.equal(formatSpan(240_000, "en"), "4\u2009min");
    assert.equal(formatSpan(7_800_000, "en"), "2\u2009h 10\u2009min");
    assert.equal(formatSpan(7_800_000, "zh"), "2\u2009小时 10\u2009分");
    assert.equal(formatSpan(40 * 60_000 + 5_000, "en"), "40\u2009min");
    assert.equal(formatSpan(-5, "en"), "0\u2009s");
  });

  it("tells a running clock", () => {
    assert.equal(formatClock(55_000), "00:55");
    assert.equal(formatClock(3_723_000), "1:02:03");
  });

  it("tells sizes in thousands", () => {
    assert.equal(formatBytes(1_700_000_000), "1.7\u2009GB");
    assert.equal(formatBytes(512), "512\u2009B");
  });
});
