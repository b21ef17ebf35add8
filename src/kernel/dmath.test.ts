import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exp, log, pow } from "./dmath.ts";

const close = (got: number, want: number): boolean =>
  got === want || Math.abs(got - want) <= 1e-12 * Math.max(Math.abs(want), 1e-300);

describe("dmath", () => {
  it("agrees with the machine's exp to 1e-12 over the whole range of normal results", () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 709, noNaN: true }), (x) =>
        close(exp(x), Math.exp(x)),
      ),
    );
  });
  it("agrees with the machine's log to 1e-12, close to 1 included", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) =>
        close(log(x), Math.log(x)),
      ),
    );
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (x) => Math.abs(log(x) - Math.log(x)) <= 1e-15 + 1e-12 * Math.abs(Math.log(x)),
      ),
    );
  });
  it("agrees with the machine's pow to 1e-12", () => {
    const base = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(base, fc.double({ min: -20, max: 20, noNaN: true }), (x, y) =>
        close(pow(x, y), x ** y),
      ),
    );
    fc.assert(
      fc.property(base, fc.integer({ min: -64, max: 64 }), (x, y) => close(pow(x, y), x ** y)),
    );
  });
  it("answers the edges as arithmetic does", () => {
    assert.equal(exp(0), 1);
    assert.equal(exp(1000), Number.POSITIVE_INFINITY);
    assert.equal(exp(-1000), 0);
    assert.equal(log(1), 0);
    assert.equal(log(0), Number.NEGATIVE_INFINITY);
    assert.ok(Number.isNaN(log(-1)));
    assert.ok(Number.isNaN(exp(Number.NaN)));
    assert.equal(pow(0, 0.5), 0);
    assert.equal(pow(2, 10), 1024);
    assert.equal(pow(-2, 3), -8);
  });
});
