import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { root } from "../../../test/tidy/sources.ts";
import { faultKinds, faultsOf } from "../../backends/source-adapter/simulator/fault-kinds.ts";
import {
  createPlant,
  type PlannedFault,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import { HOUR, MINUTE, SECOND } from "../../model/basics.ts";
import { parseFaultOption, parseSpan, planFault } from "./fault-plan.ts";
import { createGroundTruth, type TrueFault, truthRow } from "./ground-truth.ts";
import { firstMachines, parseScenario } from "./scenario.ts";

const startsAt = Date.UTC(2026, 2, 1, 8);
const plan = { machines: firstMachines(12), startsAt, seed: 7 };

describe("a scenario", () => {
  it("names machines and faults with their times from the start", () => {
    const { machines, faults, seed, load } = parseScenario(
      "plant.yaml",
      `
seed: 3
load: shifts
devices:
  - { id: P-1, type: pump, line_id: L007 }
  - { id: G-1, type: gearbox, name: Mill drive }
faults:
  - { device: P-1, kind: cavitation, start: 10m, ramp: 2h, end: 5h, extent: 0.5 }
  - { device: G-1, kind: sensor_drift, metric: pressure, start: 90s }
`,
    );
    assert.deepEqual([seed, load], [3, "shifts"]);
    assert.deepEqual(
      machines?.map(({ deviceId, type, lineId, deviceName }) => [
        deviceId,
        type.name,
        lineId,
        deviceName,
      ]),
      [
        ["P-1", "pump", "L007", "P-1"],
        ["G-1", "gearbox", "L001", "Mill drive"],
      ],
    );
    const options = { ...plan, machines: machines ?? [] };
    const planned = faults.map((wish, n) => planFault(wish, n, options));
    assert.deepEqual(planned, [
      {
        ok: true,
        fault: {
          deviceId: "P-1",
          kind: "cavitation",
          startsAt: startsAt + 10 * MINUTE,
          endsAt: startsAt + 5 * HOUR,
          metric: null,
          rampMs: 2 * HOUR,
          extent: 0.5,
        },
      },
      {
        ok: true,
        fault: {
          deviceId: "G-1",
          kind: "sensor_drift",
          startsAt: startsAt + 90 * SECOND,
          endsAt: null,
          metric: "pressure",
          rampMs: null,
          extent: 1,
        },
      },
    ]);
  });

  it("is refused with the entry that is wrong", () => {
    for (const text of [
      "devices: 0",
      "devices: 20000",
      "devices: [{ id: P, type: rocket }]",
      "devices: [{ id: P, type: pump }, { id: P, type: fan }]",
      "faults: [{ device: PUMP_01, kind: dry_run, start: soon }]",
      "faults: [{ device: PUMP_01, kind: dry_run }]",
      "faults: [{ kind: dry_run, start: 1s, extent: 2 }]",
      "colour: red",
    ])
      assert.throws(
        () => parseScenario("plant.yaml", text),
        (failure) => isCode(failure, "USAGE"),
        text,
      );
  });

  it("gives no machine a fault that it cannot have", () => {
    const none = { metric: null, startMs: 0, endMs: null, rampMs: null, extent: 1 };
    for (const wish of [
      { ...none, kind: "rust", device: null },
      { ...none, kind: "toString", device: null },
      { ...none, kind: "dry_run", device: "MOTOR_01" },
      { ...none, kind: "dry_run", device: "PUMP_99" },
      { ...none, kind: "dry_run", device: "PUMP_01", metric: "flow" },
      { ...none, kind: "sensor_loss", device: "PUMP_01", metric: "smell" },
      { ...none, kind: "dry_run", device: "PUMP_01", startMs: 10, endMs: 10 },
    ])
      assert.equal(planFault(wish, 0, plan).ok, false, JSON.stringify(wish));
  });

  it("is shipped as examples that can all be played", () => {
    const folder = join(root, "examples/scenarios");
    const names = readdirSync(folder);
    assert.ok(names.length >= 2);
    for (const name of names) {
      const { machines, faults } = parseScenario(name, readFileSync(join(folder, name), "utf8"));
      const options = { ...plan, machines: machines ?? plan.machines };
      for (const [n, wish] of faults.entries()) {
        const planned = planFault(wish, n, options);
        assert.ok(planned.ok, `${name} ${JSON.stringify(planned)}`);
      }
    }
  });
});

describe("a fault on the command line", () => {
  it("is KIND@TIME with a device and a metric behind it", () => {
    const none = { endMs: null, rampMs: null, extent: 1 };
    assert.deepEqual(parseFaultOption("dry_run@60s"), {
      kind: "dry_run",
      startMs: MINUTE,
      device: null,
      metric: null,
      ...none,
    });
    assert.deepEqual(parseFaultOption("sensor_loss@1.5h@FAN_02@flow"), {
      kind: "sensor_loss",
      startMs: 1.5 * HOUR,
      device: "FAN_02",
      metric: "flow",
      ...none,
    });
    for (const text of ["dry_run@soon", "dry_run@60", "a@1s@b@c@d"])
      assert.equal(parseFaultOption(text), null, text);
    assert.deepEqual(["500ms", "2m", "3d", "1e3s", "-1s", "m"].map(parseSpan), [
      500,
      2 * MINUTE,
      72 * HOUR,
      null,
      null,
      null,
    ]);
  });

  it("finds a machine of the plant that can have it", () => {
    for (const name of Object.keys(faultKinds)) {
      const wish = parseFaultOption(`${name}@1s`) ?? assert.fail();
      const planned = planFault(wish, 3, plan);
      assert.ok(planned.ok);
      const type = plan.machines.find(({ deviceId }) => deviceId === planned.fault.deviceId)?.type;
      assert.ok(faultsOf(type?.name ?? "").some((kind) => kind.name === name));
    }
  });
});

/** Runs a plant and its truth side by side. */
function truthOf(faults: readonly PlannedFault[], spanMs: number): TrueFault[] {
  const options = { seed: 7, devices: plan.machines, startsAt, faults };
  const plant = createPlant(options);
  const truth = createGroundTruth(options, plant);
  const found: TrueFault[] = [];
  for (let at = startsAt; at < startsAt + spanMs; at += SECOND)
    found.push(...truth.watch(at, plant.read(at)));
  return [...found, ...truth.untraced(startsAt + spanMs)];
}

describe("the ground truth", () => {
  const fault: PlannedFault = {
    deviceId: "PUMP_01",
    kind: "blockage",
    startsAt: startsAt + MINUTE,
    endsAt: null,
    metric: null,
  };

  it("tells when a fault began and when it could first be seen", () => {
    const [row, ...others] = truthOf([fault], 3 * MINUTE);
    assert.deepEqual(others, []);
    const firstTraceAt = row?.firstTraceAt ?? 0;
    assert.ok(firstTraceAt > fault.startsAt && firstTraceAt < fault.startsAt + 20 * SECOND);
    const written = JSON.parse(truthRow(row ?? assert.fail())) as Record<string, unknown>;
    assert.deepEqual(Object.keys(written), [
      "device",
      "kind",
      "metric",
      "from",
      "to",
      "first_trace",
    ]);
    assert.equal(written["from"], "2026-03-01T08:01:00.000Z");
    assert.equal(written["first_trace"], new Date(firstTraceAt).toISOString());
  });

  it("tells two faults of one machine apart", () => {
    const later = { ...fault, kind: "imbalance", startsAt: startsAt + 4 * MINUTE };
    const rows = truthOf([fault, later], 6 * MINUTE);
    assert.deepEqual(
      rows.map(({ fault: { kind } }) => kind),
      ["blockage", "imbalance"],
    );
    assert.ok((rows[1]?.firstTraceAt ?? 0) > later.startsAt);
  });

  it("names a fault that began and left no trace yet, and none that has not begun", () => {
    const slow = { ...fault, rampMs: 100 * HOUR };
    const future = { ...fault, deviceId: "PUMP_02", startsAt: startsAt + HOUR };
    assert.deepEqual(truthOf([slow, future], 2 * MINUTE), [{ fault: slow, firstTraceAt: null }]);
  });
});
