import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultKinds, faultsOf } from "../fault-kinds.ts";
import { type MachineType, machineTypeNames, machineTypes } from "../machine-types.ts";
import type { Body, Truth } from "./body.ts";
import { type Cause, type Condition, soundCondition } from "./condition.ts";

const LOAD = 0.9;
const types = Object.values(machineTypes);
const haveFault = (kind: string): readonly MachineType[] =>
  types.filter(({ name }) => faultKinds[kind]?.machines.includes(name));

/** A body on its bench: warm, at a steady load. */
function bench(type: MachineType, load = LOAD) {
  const body: Body = type.createBody();
  const moment = { load, ambientC: 22, elapsedMs: 0 };
  const at = (seconds: number, change: Partial<Condition>): Truth => {
    const condition = { ...soundCondition(), ...change };
    let truth = body({ ...moment, condition });
    for (let n = 0; n < seconds; n += 1) truth = body({ ...moment, condition, elapsedMs: 1_000 });
    return truth;
  };
  return { at };
}

/** Levels of the sound machine, and long after the cause has come. */
function beforeAndAfter(type: MachineType, cause: Cause, extent = 1, load = LOAD) {
  const machine = bench(type, load);
  const before = machine.at(0, {}).values;
  const after = machine.at(7_200, { [cause]: extent }).values;
  return {
    before,
    after,
    change: (metric: string) => (after[metric] ?? 0) - (before[metric] ?? 0),
  };
}

describe("sound machines", () => {
  for (const type of types) {
    it(`show what the plate of a ${type.name} says at rated load`, () => {
      const { values } = bench(type, 1).at(7_200, {});
      assert.deepEqual(Object.keys(values).sort(), Object.keys(type.metrics).sort());
      for (const [name, { nominal }] of Object.entries(type.metrics))
        assert.ok(Math.abs((values[name] ?? 0) / nominal - 1) < 0.005, `${name} ${values[name]}`);
    });

    it(`stay within the limits of a ${type.name} at every load of a day`, () => {
      for (const load of [0.7, 0.85, 1, 1.03]) {
        const { values } = bench(type, load).at(7_200, {});
        for (const [name, { rated, lowest }] of Object.entries(type.metrics)) {
          const value = values[name] ?? 0;
          assert.ok(rated === null || value < 0.95 * rated, `${name} ${value} at ${load}`);
          assert.ok(lowest === null || value > 1.05 * lowest, `${name} ${value} at ${load}`);
        }
      }
    });

    it(`make a ${type.name} draw more current and run slower with more load`, () => {
      const [light, heavy] = [0.75, 1].map((load) => bench(type, load).at(7_200, {}).values);
      assert.ok((light?.["current"] ?? 0) < (heavy?.["current"] ?? 0));
      if (heavy?.["speed"] !== undefined) assert.ok(heavy["speed"] < (light?.["speed"] ?? 0));
    });
  }
});

describe("flow and pressure", () => {
  for (const type of haveFault("blockage")) {
    it(`fall and rise when a ${type.name} delivers against a blockage, the more the worse`, () => {
      let flow = Number.POSITIVE_INFINITY;
      let pressure = 0;
      for (const extent of [0, 0.2, 0.5, 1]) {
        const { after } = beforeAndAfter(type, "blockage", extent);
        assert.ok((after["flow"] ?? 0) < flow && (after["pressure"] ?? 0) > pressure);
        flow = after["flow"] ?? 0;
        pressure = after["pressure"] ?? 0;
      }
    });
  }
  for (const cause of ["sealLeak", "internalLeak"] as const)
    for (const type of haveFault("internal_leak"))
      it(`both fall when a ${type.name} has a ${cause}: what it moves does not arrive`, () => {
        const { change } = beforeAndAfter(type, cause);
        assert.ok(change("flow") < 0 && change("pressure") < 0);
      });

  it("keep the balance of hydraulic power: a pump never delivers more than its shaft takes in", () => {
    const { metrics } = machineTypes["pump"] ?? assert.fail();
    const ratedPower = (metrics["flow"]?.nominal ?? 0) * (metrics["pressure"]?.nominal ?? 0);
    for (const cause of ["blockage", "starvedSuction", "gas", "internalLeak"] as const) {
      const { before, after } = beforeAndAfter(machineTypes["pump"] ?? assert.fail(), cause);
      const share = (v: Readonly<Record<string, number>>): number =>
        ((v["flow"] ?? 0) * (v["pressure"] ?? 0)) / ratedPower / (v["current"] ?? 1);
      assert.ok(share(after) < share(before), cause);
    }
  });

  it("break down without liquid, and the current with them", () => {
    const { after, before, change } = beforeAndAfter(machineTypes["pump"] ?? assert.fail(), "gas");
    assert.equal(after["flow"], 0);
    assert.ok((after["pressure"] ?? 1) < 0.1 * (before["pressure"] ?? 0));
    assert.ok((after["current"] ?? 0) < 0.6 * (before["current"] ?? 0));
    assert.ok(change("temperature") > 30);
  });

  it("become restless when bubbles collapse, long before the head is gone", () => {
    const truth = bench(machineTypes["pump"] ?? assert.fail()).at(10, { starvedSuction: 0.6 });
    const sound = bench(machineTypes["pump"] ?? assert.fail()).at(10, {});
    assert.ok((truth.restless["pressure"] ?? 0) > 1);
    assert.ok((truth.values["pressure"] ?? 0) > 0.95 * (sound.values["pressure"] ?? 0));
  });
});

describe("heat", () => {
  for (const type of haveFault("cooling_loss")) {
    it(`rises in a ${type.name} without cooling only as fast as its mass allows`, () => {
      const machine = bench(type);
      const start = machine.at(0, {}).values["temperature"] ?? 0;
      const atOnce = machine.at(1, { coolingLoss: 1 }).values["temperature"] ?? 0;
      const afterMinute = machine.at(59, { coolingLoss: 1 }).values["temperature"] ?? 0;
      const end = machine.at(10_000, { coolingLoss: 1 }).values["temperature"] ?? 0;
      assert.ok(end > start + 20, `${start} ${end}`);
      assert.ok(atOnce - start < 0.01 * (end - start), `${atOnce - start} K in a second`);
      assert.ok(afterMinute - start < 0.35 * (end - start));
    });

    it(`does not depend on the length of the steps in a ${type.name}`, () => {
      const run = (stepMs: number): number => {
        const body = type.createBody();
        const moment = { load: LOAD, ambientC: 22 };
        body({ ...moment, elapsedMs: 0, condition: soundCondition() });
        const condition = { ...soundCondition(), coolingLoss: 0.5 };
        let truth: Truth | null = null;
        for (let at = 0; at < 600_000; at += stepMs)
          truth = body({ ...moment, elapsedMs: stepMs, condition });
        return truth?.values["temperature"] ?? 0;
      };
      assert.ok(Math.abs(run(1_000) - run(10_000)) < 0.5);
    });
  }
  it("follows the hall, degree by degree", () => {
    for (const type of types) {
      const at = (ambientC: number): number => {
        const condition = soundCondition();
        return (
          type.createBody()({ load: LOAD, ambientC, elapsedMs: 0, condition }).values[
            "temperature"
          ] ?? 0
        );
      };
      assert.ok(Math.abs(at(32) - at(22) - 10) < 1e-9, type.name);
    }
  });
});

describe("current and vibration", () => {
  it("give the highest phase and the unbalance that NEMA MG 1 expects of unequal voltages", () => {
    const { after, change } = beforeAndAfter(
      machineTypes["motor"] ?? assert.fail(),
      "phaseImbalance",
    );
    // 3.5 % of voltage: 6 to 10 times as much current, and a quarter more losses.
    assert.ok((after["current_unbalance"] ?? 0) > 6 * 3.5);
    assert.ok((after["current_unbalance"] ?? 0) < 10 * 3.5);
    assert.ok(change("current") > 0 && change("temperature") > 5);
  });

  it("leave flow, pressure and heat of a pump alone when its rotor is out of balance", () => {
    const { before, after, change } = beforeAndAfter(
      machineTypes["pump"] ?? assert.fail(),
      "imbalance",
    );
    assert.ok(change("vibration") > (before["vibration"] ?? 0));
    const { vibration: _, ...rest } = after;
    const { vibration: __, ...were } = before;
    assert.deepEqual(rest, were);
  });

  it("grow with every fault of the mechanics on every machine that can have it", () => {
    for (const type of types)
      for (const { cause } of faultsOf(type.name))
        if (["bearingWear", "imbalance", "misalignment", "gearWear"].includes(cause ?? ""))
          assert.ok(
            beforeAndAfter(type, cause ?? "bearingWear").change("vibration") > 0.1,
            cause ?? "",
          );
  });
});

describe("every fault of every machine", () => {
  for (const name of machineTypeNames) {
    it(`moves at least one metric of a ${name} by far more than its noise`, () => {
      const type = machineTypes[name] ?? assert.fail();
      for (const { cause } of faultsOf(name)) {
        if (cause === null) continue;
        const { change } = beforeAndAfter(type, cause);
        const most = Math.max(
          ...Object.entries(type.metrics).map(([m, { noise }]) => Math.abs(change(m)) / noise),
        );
        assert.ok(most > 15, `${cause}: ${most.toFixed(1)} noises`);
      }
    });
  }
});
