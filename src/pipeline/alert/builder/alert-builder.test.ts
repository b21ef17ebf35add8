import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AlertDevice, aDeviation } from "../../../../test/fixtures/alert-device.ts";
import { MINUTE, SECOND } from "../../../model/basics.ts";
import type { DetectorSignal } from "../../../model/detection.ts";

const hot = { margin: 0.85 };
const veryHot = { margin: 1.1 };
const cool = { active: false, margin: 0.1 };
const profile = {
  deviceId: "PUMP_01",
  deviceType: "pump",
  factoryId: "F1",
  lineId: "L1",
  criticality: "C",
  metrics: {},
  mode: "RUNNING",
  modeSource: "person",
  modeSince: 0,
} as const;

describe("alert builder: raising", () => {
  it("raises one alarm for a limit that stays exceeded, whatever the number of readings", () => {
    const device = new AlertDevice().holds([hot], 30 * SECOND);
    assert.deepEqual(device.kinds(), ["raised"]);
    assert.equal(device.last().notify, true);
    assert.equal(device.last().alarm.severity, "P1");
    assert.equal(device.last().alarm.state, "UNACK_ACTIVE");
  });

  it("raises a deviation after it lasted for the confirmation time, not before", () => {
    const device = new AlertDevice();
    const since = device.at + SECOND;
    device.holds([aDeviation({ at: 0, since })], 60 * SECOND);
    assert.deepEqual(device.kinds(), []);
    device.reads([aDeviation({ since })]);
    assert.deepEqual(device.kinds(), ["raised"]);
    assert.equal(device.last().alarm.severity, "P2");
    assert.equal(device.last().alarm.firstSeenAt, since);
  });

  it("lets a limit on the same metric confirm a deviation at once", () => {
    const vibration = { condition: "high_vibration", metrics: ["vibration"], margin: 0.9 };
    const device = new AlertDevice().reads([aDeviation()]).reads([vibration, aDeviation()]);
    assert.deepEqual(device.kinds(), ["raised", "attached"]);
    assert.deepEqual(
      device.last().alarm.conditions.map(({ condition }) => condition),
      ["high_vibration", "deviation"],
    );
  });

  it("remembers what held when it became worse, whatever the conditions are later", () => {
    const vibration = { condition: "high_vibration", metrics: ["vibration"] };
    const device = new AlertDevice()
      .reads([{ ...vibration, margin: 0.85 }, aDeviation()])
      .reads([{ ...vibration, margin: 1.02 }, aDeviation()]);
    const worst = device.last().alarm.ground;
    assert.deepEqual([worst.margin, worst.worstMetric], [1.02, "vibration"]);
    device.holds(
      [{ ...vibration, active: false, margin: 0.1 }, aDeviation({ margin: -0.1 })],
      MINUTE,
    );
    device.reads([{ condition: "over_temp", metrics: ["vibration"], margin: 0.82 }, aDeviation()]);
    const later = device.last().alarm;
    assert.equal(later.margin, 0.82);
    assert.deepEqual([later.ground.margin, later.ground.worstMetric], [1.02, "vibration"]);
  });

  it("lets neither a worn sensor nor another metric's limit confirm a deviation", () => {
    const stuck = {
      detector: "quality",
      condition: "sensor_stuck",
      metrics: ["vibration"],
    } as const;
    assert.deepEqual(new AlertDevice().reads([stuck, aDeviation()]).kinds(), ["raised"]);
    assert.deepEqual(new AlertDevice().reads([hot, aDeviation()]).kinds(), ["raised"]);
  });

  it("opens the machine's own alarm beside one about the sensor of the same metric", () => {
    const range = {
      detector: "quality",
      condition: "sensor_range",
      metrics: ["temperature"],
    } as const;
    const device = new AlertDevice().reads([range]);
    device.reads([range, { condition: "over_temp", metrics: ["temperature"], margin: 1 }]);
    assert.deepEqual(device.kinds(), ["raised", "raised"]);
    assert.equal(device.last().alarm.condition, "over_temp");
  });

  it("says nothing of shadow detectors", () => {
    assert.deepEqual(new AlertDevice().reads([aDeviation({ shadow: true, since: 0 })]).kinds(), []);
  });

  it("keeps a deviation of a provisional baseline at P2, and never makes a sensor an emergency", () => {
    const wild = aDeviation({ since: 0, margin: 1.4, baseline: "provisional" });
    assert.equal(new AlertDevice().reads([wild]).last().alarm.severity, "P2");
    const sensor = {
      detector: "quality",
      condition: "sensor_range",
      margin: 3,
      severity: "P0",
    } as const;
    assert.equal(new AlertDevice().reads([sensor]).last().alarm.severity, "P2");
  });

  it("lowers all but P0 for criticality C", () => {
    const severityOf = (margin: number) =>
      new AlertDevice().control({ type: "device", profile }).reads([{ margin }]).last().alarm
        .severity;
    assert.deepEqual([1, 0.8, 0.6, 0.1].map(severityOf), ["P0", "P2", "P3", "P3"]);
  });

  it("lets a rule's own severity raise that of the margin", () => {
    const rule = { detector: "rule", margin: 0.2, severity: "P1" } as const;
    assert.equal(new AlertDevice().reads([rule]).last().alarm.severity, "P1");
  });
});

describe("alert builder: without a cool-down", () => {
  const uncooled = { cooldownMs: 0, offDelayMs: 0 };
  const read = (told: Partial<DetectorSignal>, timestamp: number) => ({
    ...told,
    reading: { timestamp, seq: null, values: { temperature: 95 } },
  });

  it("tells of each reading that meets a condition exactly once, with that reading", () => {
    const device = new AlertDevice().settings(uncooled);
    [hot, hot, cool, hot, veryHot].forEach((told, n) => void device.reads([read(told, n)]));
    const told = device.said.filter(({ notify }) => notify);
    assert.deepEqual(
      told.map(({ kind, alarm }) => [kind, alarm.reading?.timestamp]),
      [
        ["raised", 0],
        ["repeated", 1],
        ["raised", 3],
        ["escalated", 4],
      ],
    );
  });

  it("does not tell of good readings inside an off-delay", () => {
    const device = new AlertDevice().settings({ ...uncooled, offDelayMs: 5 * SECOND });
    assert.deepEqual(
      device
        .reads([read(hot, 0)])
        .reads([read(hot, 1)])
        .kinds(),
      ["raised"],
    );
  });
});

describe("alert builder: one fault, one story", () => {
  it("attaches a later condition that shares a metric and opens a second alarm for one that does not", () => {
    const rule = {
      detector: "rule",
      condition: "composite",
      metrics: ["vibration", "temperature"],
    } as const;
    const pressure = { condition: "high_pressure", metrics: ["pressure"] };
    const device = new AlertDevice().reads([hot]).reads([hot, rule]).reads([hot, rule, pressure]);
    assert.deepEqual(device.kinds(), ["raised", "attached", "raised"]);
    assert.equal(device.last().alarm.condition, "high_pressure");
  });

  it("clears only when all conditions have ended", () => {
    const rule = { detector: "rule", condition: "composite" } as const;
    const device = new AlertDevice().reads([hot]).reads([hot, rule]).reads([cool, rule]);
    assert.deepEqual(device.kinds(), ["raised", "attached"]);
    device.reads([{ ...rule, active: false }]);
    assert.deepEqual(device.kinds(), ["raised", "attached", "cleared"]);
    assert.equal(device.last().alarm.state, "UNACK_CLEARED");
  });
});

describe("alert builder: severity", () => {
  it("lets a higher severity pass, under the same trace id, and asks for acknowledgement again", () => {
    const device = new AlertDevice().reads([hot]);
    const { traceId } = device.last().alarm;
    device.acknowledges(traceId).reads([veryHot]);
    assert.deepEqual(device.kinds(), ["raised", "acknowledged", "escalated"]);
    assert.equal(device.last().notify, true);
    assert.equal(device.last().alarm.traceId, traceId);
    assert.equal(device.last().alarm.state, "UNACK_ACTIVE");
  });

  it("falls after 60 s below 95 % of its step, and never while unacknowledged", () => {
    const device = new AlertDevice().reads([veryHot]).holds([{ margin: 0.96 }], 120 * SECOND);
    device.holds([{ margin: 0.9 }], 120 * SECOND);
    assert.deepEqual(device.kinds(), ["raised"]);
    device.acknowledges(device.last().alarm.traceId).reads([{ margin: 0.9 }]);
    assert.deepEqual(device.kinds(), ["raised", "acknowledged", "lowered"]);
    assert.equal(device.last().alarm.severity, "P1");
    assert.equal(device.last().alarm.peakSeverity, "P0");
  });

  it("starts the 60 s anew when the margin rises again", () => {
    const device = new AlertDevice().reads([veryHot]);
    device.acknowledges(device.last().alarm.traceId);
    device.holds([{ margin: 0.9 }], 50 * SECOND).reads([{ margin: 0.97 }]);
    device.holds([{ margin: 0.9 }], 50 * SECOND);
    assert.deepEqual(device.kinds(), ["raised", "acknowledged"]);
  });
});

describe("alert builder: clearing and cool-down", () => {
  it("reopens the same alarm within the cool-down, silently and unacknowledged", () => {
    const device = new AlertDevice().reads([hot]);
    const { traceId } = device.last().alarm;
    device
      .acknowledges(traceId)
      .reads([cool])
      .reads([hot], { afterMs: 5 * MINUTE });
    assert.deepEqual(device.kinds(), ["raised", "acknowledged", "cleared", "reopened"]);
    const { notify, alarm } = device.last();
    assert.deepEqual([notify, alarm.traceId, alarm.occurrences], [false, traceId, 2]);
    assert.equal(alarm.state, "UNACK_ACTIVE");
  });

  it("raises a new alarm after the cool-down", () => {
    const device = new AlertDevice()
      .reads([hot])
      .reads([cool])
      .reads([hot], { afterMs: 5 * MINUTE + 1 });
    assert.deepEqual(device.kinds(), ["raised", "cleared", "raised"]);
    assert.notEqual(device.said[0]?.alarm.traceId, device.last().alarm.traceId);
  });

  it("lets a higher severity pass the cool-down", () => {
    const device = new AlertDevice().reads([hot]).reads([cool]).reads([veryHot]);
    assert.deepEqual(device.kinds(), ["raised", "cleared", "reopened", "escalated"]);
    assert.deepEqual(
      device.said.map(({ notify }) => notify),
      [true, false, false, true],
    );
  });

  it("does not silence another condition by a cool-down", () => {
    const pressure = { condition: "high_pressure", metrics: ["pressure"] };
    const device = new AlertDevice().reads([hot]).reads([cool]).reads([pressure]);
    assert.deepEqual(device.kinds(), ["raised", "cleared", "raised"]);
  });

  it("keeps a latching condition until somebody acknowledges it", () => {
    const device = new AlertDevice()
      .reads([{ ...hot, latching: true }])
      .reads([cool])
      .reads([]);
    assert.deepEqual(device.kinds(), ["raised"]);
    device.acknowledges(device.last().alarm.traceId);
    assert.deepEqual(device.kinds(), ["raised", "acknowledged", "cleared"]);
    assert.equal(device.last().alarm.state, "NORMAL");
  });

  it("neither clears nor raises by bad values", () => {
    const device = new AlertDevice().reads([{ ...hot, unconfirmed: true }]);
    assert.deepEqual(device.kinds(), []);
    device.reads([hot]).holds([{ ...hot, unconfirmed: true }], 10 * SECOND);
    assert.deepEqual(device.kinds(), ["raised", "unconfirmed"]);
    assert.equal(device.last().alarm.unconfirmed, true);
    device.reads([hot]);
    assert.deepEqual(device.kinds(), ["raised", "unconfirmed", "confirmed"]);
  });

  it("forgets a cleared alarm after its cool-down", () => {
    const device = new AlertDevice()
      .reads([hot])
      .reads([cool])
      .reads([], { afterMs: 6 * MINUTE });
    assert.deepEqual(device.state.alarms, []);
  });
});

describe("alert builder: backlog, silence, modes", () => {
  const late = { lateMs: 10 * MINUTE };

  it("pages nobody from a backlog, but at once when the condition is still active in a fresh reading", () => {
    const device = new AlertDevice().reads([hot], late).reads([hot], late);
    assert.deepEqual([device.kinds(), device.last().notify], [["raised"], false]);
    assert.equal(device.last().historical, true);
    device.reads([hot]);
    assert.deepEqual([device.kinds(), device.last().notify], [["raised", "caught_up"], true]);
  });

  it("shows what ended within a backlog as cleared and unacknowledged, without a page", () => {
    const device = new AlertDevice().reads([hot], late).reads([cool], late).reads([]);
    assert.deepEqual(device.kinds(), ["raised", "cleared"]);
    assert.ok(device.said.every(({ notify }) => !notify));
    assert.equal(device.last().alarm.state, "UNACK_CLEARED");
  });

  it("pages when the backlog ends with an active condition and its device falls silent", () => {
    const device = new AlertDevice().reads([hot], late);
    const receivedAt = device.at + late.lateMs;
    assert.equal(device.dueAt, receivedAt + 10 * SECOND);
    device.ticks([], receivedAt + 9 * SECOND).ticks([], receivedAt + 10 * SECOND);
    assert.deepEqual([device.kinds(), device.last().notify], [["raised", "caught_up"], true]);
    assert.equal(device.dueAt, null);
  });

  it("measures silence in our own time", () => {
    const silence = {
      detector: "silence",
      condition: "no_data",
      metrics: [],
      margin: null,
      severity: "P2",
    } as const;
    const device = new AlertDevice().reads([]);
    device.ticks([silence], device.at + MINUTE);
    assert.equal(device.last().alarm.openedAt, device.at + MINUTE);
    device.reads([{ ...silence, active: false }], { lateMs: 2 * MINUTE });
    device.ticks([silence], device.at + 8 * MINUTE);
    assert.deepEqual(device.kinds(), ["raised", "cleared", "raised"]);
  });

  it("hides alarms in maintenance and tells of those that outlive it", () => {
    const mode = (to: "MAINTENANCE" | "RUNNING") =>
      ({ type: "mode", deviceId: "PUMP_01", mode: to, source: "person" }) as const;
    const device = new AlertDevice().control(mode("MAINTENANCE")).reads([hot]);
    assert.deepEqual([device.last().notify, device.last().alarm.suppressed], [false, true]);
    device.control(mode("RUNNING"));
    assert.deepEqual([device.last().kind, device.last().notify], ["unsuppressed", true]);
    assert.equal(device.last().alarm.suppressed, false);
  });

  it("ignores an acknowledgement that comes twice", () => {
    const device = new AlertDevice().reads([hot]);
    const { traceId } = device.last().alarm;
    device.acknowledges(traceId).acknowledges(traceId);
    assert.deepEqual(device.kinds(), ["raised", "acknowledged"]);
  });
});
