import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAlertMeter } from "./alert-meter.ts";
import { breachCondition, breachKeyOf } from "./load-plan.ts";

const alert = (seq: number, id: string, condition: string = breachCondition) => ({
  notification_id: id,
  alert: { device_id: "d", condition, seq },
});

describe("alert meter", () => {
  it("tells a lost breach from one that was never acknowledged", () => {
    const meter = createAlertMeter();
    for (const seq of [1, 2, 3]) meter.expect(breachKeyOf("d", seq), 0);
    meter.acknowledge(breachKeyOf("d", 1));
    meter.acknowledge(breachKeyOf("d", 2));
    meter.arrive(alert(1, "a"), 5);
    assert.equal(meter.isComplete(), false);
    assert.equal(meter.count().lost, 1);
    meter.arrive(alert(2, "b"), 9);
    assert.equal(meter.isComplete(), true);
    assert.deepEqual(meter.count().latenciesMs, [5, 9]);
  });

  it("tells a second alert from the same one offered again, and ignores other conditions", () => {
    const meter = createAlertMeter();
    meter.expect(breachKeyOf("d", 1), 0);
    for (const id of ["a", "a", "b"]) meter.arrive(alert(1, id), 1);
    meter.arrive(alert(1, "c", "no_data"), 2);
    meter.arrive(alert(7, "d"), 3);
    const { alerted, redelivered, doubled, stray } = meter.count();
    assert.deepEqual(
      { alerted, redelivered, doubled, stray },
      { alerted: 1, redelivered: 1, doubled: 1, stray: 1 },
    );
  });
});
