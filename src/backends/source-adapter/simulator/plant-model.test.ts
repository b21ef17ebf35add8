import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HOUR, MINUTE, SECOND } from "../../../model/basics.ts";
import { faultExtent, faultKinds, faultsOf } from "./fault-kinds.ts";
import { machineTypeNames, machineTypes } from "./machine-types.ts";
import { loadProfiles } from "./physics/load-profile.ts";
import {
  createPlant,
  describeMachine,
  type MachineReading,
  type PlannedFault,
  type PlantOptions,
} from "./plant-model.ts";

const startsAt = Date.UTC(2026, 2, 1, 8);
const kindNames = Object.keys(faultKinds);
const MACHINES = machineTypeNames.length;

const anySeed = fc.integer({ min: 0, max: 1_000_000_000 });
const anyKind = fc.constantFrom(...kindNames);
const anyStep = fc.constantFrom(100, SECOND, 10 * SECOND, 5 * MINUTE);

/** A fault of a kind on the first machine of the plant that can have it. */
function faultOf(kind: string, after: number, rest: Partial<PlannedFault> = {}): PlannedFault {
  const able = Array.from({ length: MACHINES }, (_, index) => describeMachine(index)).find(
    ({ type }) => faultKinds[kind]?.machines.includes(type.name),
  );
  const metric = faultKinds[kind]?.sensor === null ? null : "temperature";
  const deviceId = able?.deviceId ?? assert.fail(kind);
  return { deviceId, kind, startsAt: startsAt + after, endsAt: null, metric, ...rest };
}

function readings(
  options: Partial<PlantOptions> & Pick<PlantOptions, "seed">,
  steps: number,
  stepMs = SECOND,
): readonly MachineReading[] {
  const plant = createPlant({ devices: MACHINES, startsAt, faults: [], ...options });
  return Array.from({ length: steps }, (_, n) => plant.read(startsAt + n * stepMs)).flat();
}

const valuesOf = (list: readonly MachineReading[]) =>
  list.map(({ deviceId, at, values }) => ({ deviceId, at, values }));

describe("a simulated plant", () => {
  it("is the same again from the same seed, and another one from another seed", () => {
    fc.assert(
      fc.property(anySeed, anyKind, anyStep, (seed, kind, stepMs) => {
        const options = { seed, faults: [faultOf(kind, 3 * stepMs)] };
        const once = valuesOf(readings(options, 12, stepMs));
        assert.deepEqual(valuesOf(readings(options, 12, stepMs)), once);
        assert.notDeepEqual(valuesOf(readings({ ...options, seed: seed + 1 }, 12, stepMs)), once);
      }),
      { numRuns: 50 },
    );
  });

  it("shows numbers only, inside what ingest takes, for any seed, fault, load and step", () => {
    fc.assert(
      fc.property(
        anySeed,
        fc.array(anyKind, { maxLength: 4 }),
        anyStep,
        fc.constantFrom(...loadProfiles),
        (seed, kinds, stepMs, load) => {
          const faults = kinds.map((kind) => faultOf(kind, stepMs, { rampMs: 5 * stepMs }));
          for (const { values, deviceId } of readings({ seed, faults, load }, 40, stepMs))
            for (const [name, value] of Object.entries(values)) {
              assert.ok(Number.isFinite(value), `${deviceId} ${name} ${value}`);
              assert.ok(Math.abs(value) < 50_000, `${deviceId} ${name} ${value}`);
              assert.ok(name !== "vibration" || value >= 0, `${deviceId} ${name} ${value}`);
              assert.ok(name !== "temperature" || value < 2_000, `${deviceId} ${name} ${value}`);
            }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("reads the same with and without a fault until the fault begins, and again for ever on other machines", () => {
    fc.assert(
      fc.property(anySeed, anyKind, fc.integer({ min: 1, max: 20 }), (seed, kind, begins) => {
        const fault = faultOf(kind, begins * SECOND);
        const ill = valuesOf(readings({ seed, faults: [fault] }, 40));
        const twin = valuesOf(readings({ seed }, 40));
        const untouched = ({ deviceId, at }: (typeof ill)[number]): boolean =>
          deviceId !== fault.deviceId || at <= fault.startsAt;
        assert.deepEqual(ill.filter(untouched), twin.filter(untouched));
      }),
      { numRuns: 60 },
    );
  });

  for (const kind of kindNames.filter((name) => faultKinds[name]?.sensor !== null))
    it(`lets ${kind} touch its own metric only`, () => {
      const ill = readings({ seed: 3, faults: [faultOf(kind, MINUTE)] }, 900);
      const twin = readings({ seed: 3 }, 900);
      let touched = 0;
      ill.forEach(({ values }, n) => {
        const { temperature, ...rest } = values;
        const { temperature: healthy, ...restOfTwin } = twin[n]?.values ?? {};
        assert.deepEqual(rest, restOfTwin);
        if (temperature !== healthy) touched += 1;
      });
      assert.ok(touched > 10, `${touched}`);
    });

  it("has its machine well again when a fault ends, as soon as the heat is gone", () => {
    const fault = faultOf("cooling_loss", MINUTE, { endsAt: startsAt + 10 * MINUTE });
    const ill = readings({ seed: 5, faults: [fault] }, 400, 10 * SECOND);
    const twin = readings({ seed: 5 }, 400, 10 * SECOND);
    const gap = (at: number): number => {
      const n = ill.findIndex(
        (reading) => reading.deviceId === fault.deviceId && reading.at === startsAt + at,
      );
      return (ill[n]?.values["temperature"] ?? 0) - (twin[n]?.values["temperature"] ?? 0);
    };
    assert.ok(gap(10 * MINUTE) > 10);
    assert.ok(gap(10 * MINUTE + 10 * SECOND) > 8);
    assert.ok(Math.abs(gap(HOUR)) < 0.1);
  });

  it("remembers part of its noise from reading to reading, as recorded machines do", () => {
    const series = readings({ seed: 11, devices: 1 }, 2_000).map(
      ({ values }) => values["pressure"] ?? 0,
    );
    const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
    const moment = (lag: number): number =>
      series.slice(lag).reduce((s, v, n) => s + (v - mean) * ((series[n] ?? 0) - mean), 0);
    const correlation = moment(1) / moment(0);
    assert.ok(correlation > 0.25 && correlation < 0.95, `${correlation}`);
  });

  it("works less at night where there are shifts, and changes over along a line", () => {
    const load = "shifts";
    const meanCurrent = (hour: number): number => {
      const from = Date.UTC(2026, 2, 2, hour);
      const plant = createPlant({ seed: 2, devices: 2, startsAt: from, faults: [], load });
      const list = Array.from({ length: 300 }, (_, n) => plant.read(from + n * SECOND)[1]);
      return list.reduce((sum, reading) => sum + (reading?.values["current"] ?? 0), 0) / 300;
    };
    assert.ok(meanCurrent(2) < 0.85 * meanCurrent(10));
  });

  it("gives a machine the same day whoever stands beside it", () => {
    const alone = createPlant({ seed: 9, devices: [describeMachine(4)], startsAt, faults: [] });
    const among = createPlant({ seed: 9, devices: 8, startsAt, faults: [] });
    for (let at = startsAt; at < startsAt + MINUTE; at += SECOND)
      assert.deepEqual(alone.read(at)[0]?.values, among.read(at)[4]?.values);
  });

  it("has every name once in a plant of 10,000, of every type", () => {
    const machines = Array.from({ length: 10_000 }, (_, index) => describeMachine(index));
    assert.equal(new Set(machines.map(({ deviceId }) => deviceId)).size, 10_000);
    assert.equal(new Set(machines.map(({ type }) => type.name)).size, MACHINES);
  });
});

describe("the lists of machines and faults", () => {
  it("hold at least 14 kinds, each for some type, each type with at least 8", () => {
    assert.ok(kindNames.length >= 14);
    for (const { machines, name } of Object.values(faultKinds)) {
      assert.ok(machines.length > 0, name);
      for (const machine of machines) assert.ok(machineTypes[machine] !== undefined, machine);
    }
    for (const name of machineTypeNames) assert.ok(faultsOf(name).length >= 8, name);
  });

  it("let every fault grow from nothing to full size without ever shrinking", () => {
    fc.assert(
      fc.property(
        anyKind,
        fc.option(fc.integer({ min: 1, max: HOUR }), { nil: null }),
        fc.integer({ min: 0, max: HOUR }),
        fc.integer({ min: 0, max: HOUR }),
        (name, rampMs, one, other) => {
          const kind = faultKinds[name] ?? assert.fail();
          const early = faultExtent(kind, Math.min(one, other), rampMs);
          const late = faultExtent(kind, Math.max(one, other), rampMs);
          assert.ok(early >= 0 && early <= late && late <= 1);
          assert.equal(faultExtent(kind, 0, rampMs), 0);
          assert.equal(faultExtent(kind, rampMs ?? kind.growthMs, rampMs), 1);
        },
      ),
    );
  });
});
