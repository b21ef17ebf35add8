import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EpochMs } from "../../model/basics.ts";
import { createFlowRates } from "./flow-rate.ts";

describe("the rate of a station", () => {
  const at = { now: 1_000_000 };
  const meter = () => {
    at.now = 1_000_000;
    return createFlowRates({ now: () => at.now as EpochMs });
  };

  it("is unknown at the first look and exact from the second on", () => {
    const rates = meter();
    assert.equal(rates.perSecond("ingest", 18_000), null);
    at.now += 5_000;
    assert.equal(rates.perSecond("ingest", 18_060), 12);
    assert.equal(rates.perSecond("archive", 7), null);
  });

  it("tells of the last half minute only", () => {
    const rates = meter();
    rates.perSecond("ingest", 0);
    at.now += 5_000;
    assert.equal(rates.perSecond("ingest", 5_000), 1_000);
    at.now += 29_000;
    assert.equal(rates.perSecond("ingest", 5_000), 0);
    at.now += 60_000;
    assert.equal(rates.perSecond("ingest", 5_000), null);
  });

  it("never becomes negative when old rows are removed", () => {
    const rates = meter();
    rates.perSecond("notify", 100);
    at.now += 5_000;
    assert.equal(rates.perSecond("notify", 40), null);
    at.now += 5_000;
    assert.equal(rates.perSecond("notify", 45), 1);
  });
});
