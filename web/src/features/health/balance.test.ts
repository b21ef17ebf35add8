import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { balanceOf } from "./balance.ts";

describe("the balance of the counters", () => {
  it("holds when nothing was lost and fails when one is missing", () => {
    const counters = {
      iai_readings_received_total: 10,
      iai_readings_accepted_total: 7,
      iai_readings_duplicates_total: 2,
      iai_readings_rejected_total: 1,
    };
    assert.equal(balanceOf(counters), true);
    assert.equal(balanceOf({ ...counters, iai_readings_received_total: 11 }), false);
    assert.equal(balanceOf({}), null);
  });
});
