import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultKinds } from "../../backends/source-adapter/simulator/fault-kinds.ts";
import {
  createPlant,
  describeMachine,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import { MINUTE, SECOND } from "../../model/basics.ts";
import { DEMO_DEVICES, HISTORY, planDemoFaults } from "./demo-plan.ts";

const startsAt = Date.UTC(2026, 2, 1, 8);
const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe("the faults of the demo", () => {
  it("take the first machine beyond a limit within a minute, whatever the seed, and no other before", () => {
    // Each seed is half an hour of twelve machines: a few of them do.
    for (const seed of seeds.slice(0, 10)) {
      const faults = planDemoFaults(seed, startsAt);
      const past = faults.find((fault) => fault.startsAt < startsAt);
      const plant = createPlant({
        seed,
        devices: DEMO_DEVICES,
        startsAt: startsAt - HISTORY,
        faults,
      });
      const beyond = new Map<string, number>();
      for (let at = startsAt - HISTORY; at < startsAt + MINUTE; at += SECOND)
        for (const { deviceId, values, machine } of plant.read(at))
          for (const [name, { rated, lowest }] of Object.entries(machine.type.metrics)) {
            const value = values[name] ?? 0;
            const is = (rated !== null && value > rated) || (lowest !== null && value < lowest);
            if (is && deviceId !== past?.deviceId && !beyond.has(deviceId))
              beyond.set(deviceId, at);
          }
      const [[deviceId, at] = ["", 0], ...others] = [...beyond];
      assert.equal(deviceId, faults[0]?.deviceId, `seed ${seed}`);
      assert.ok(at > startsAt && at <= startsAt + 45 * SECOND, `seed ${seed}: ${at - startsAt} ms`);
      assert.deepEqual(others, [], `seed ${seed}`);
    }
  });

  it("are of many kinds over the seeds, each on a machine of its own that can have it", () => {
    const met = new Set<string>();
    for (const seed of seeds) {
      const faults = planDemoFaults(seed, startsAt);
      assert.equal(faults.length, 7, `seed ${seed}`);
      const lying = faults.filter(({ kind }) => kind.startsWith("sensor_"));
      assert.deepEqual(lying, faults.slice(5, 6));
      assert.equal(new Set(faults.map(({ deviceId }) => deviceId)).size, faults.length);
      for (const { deviceId, kind } of faults) {
        met.add(kind);
        const machine = Array.from({ length: DEMO_DEVICES }, (_, n) => describeMachine(n)).find(
          (one) => one.deviceId === deviceId,
        );
        assert.ok(faultKinds[kind]?.machines.includes(machine?.type.name ?? ""), kind);
      }
    }
    assert.ok(met.size >= 13, [...met].join(", "));
  });

  it("stay away from machines that a recording stands for", () => {
    for (const seed of seeds)
      for (const { deviceId } of planDemoFaults(seed, startsAt, ["PUMP_01", "FAN_02"]))
        assert.ok(!["PUMP_01", "FAN_02"].includes(deviceId));
  });
});
