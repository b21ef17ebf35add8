import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { DeviceId } from "../../src/model/basics.ts";
import { defaultStepSettings, type StreamEvent } from "../../src/model/control.ts";

export interface EngineBench {
  /** "log": outputs of all devices in the order of the log; "device": each device's in its own order. */
  readonly order: "log" | "device";
  readonly append: (events: readonly StreamEvent[]) => Promise<void>;
  /** Starts (again), steps everything appended so far, and gives what was handed over since this start. */
  readonly runToEnd: () => Promise<readonly string[]>;
  /** Ends it as a crash does: without a last checkpoint. */
  readonly crash: () => Promise<void>;
  /** Writes a checkpoint of everything stepped so far. */
  readonly checkpoint: () => Promise<void>;
}

const reading = (deviceId: DeviceId, at: number): StreamEvent => ({
  kind: "reading",
  reading: {
    deviceId,
    measuredAt: at,
    receivedAt: at,
    values: new Map([["x", at]]),
    qualities: null,
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 0,
  },
});
const settings = (version: number): StreamEvent => ({
  kind: "control",
  control: { version, at: 0, type: "settings", settings: defaultStepSettings },
});
const rules = (version: number): StreamEvent => ({
  kind: "control",
  control: { version, at: 0, type: "rules", rules: [] },
});
const tick = (at: number): StreamEvent => ({ kind: "tick", at });

/** What every stream engine promises; see `ports/stream-engine.ts`. */
export function streamEngineContract(name: string, open: () => Promise<EngineBench>): void {
  describe(`stream engine: ${name}`, () => {
    let bench: EngineBench;
    beforeEach(async () => {
      bench = await open();
    });
    const same = (lines: readonly string[], expected: readonly string[]): void => {
      if (bench.order === "log") assert.deepEqual(lines, expected);
      else assert.deepEqual(byDevice(lines), byDevice(expected));
    };

    it("steps each device in the order of the log", async () => {
      await bench.append([reading("A", 1), reading("B", 2), reading("A", 3)]);
      same(await bench.runToEnd(), ["A:r1,", "B:r2,", "A:r1,r3,"]);
    });

    it("hands rules and settings to every device, and to one that appears later", async () => {
      await bench.append([settings(1), reading("A", 1), rules(2), reading("B", 2)]);
      same(await bench.runToEnd(), ["A:c1,r1,", "A:c1,r1,c2,", "B:c1,c2,r2,"]);
    });

    it("leaves out ticks that change nothing", async () => {
      await bench.append([reading("A", 1_000), tick(1_500), tick(2_000), tick(3_000)]);
      same(await bench.runToEnd(), ["A:r1000,", "A:r1000,t2000,"]);
    });

    it("says the same again after a crash without a checkpoint", async () => {
      await bench.append([settings(1), reading("A", 1), reading("B", 2)]);
      const first = await bench.runToEnd();
      await bench.crash();
      same(await bench.runToEnd(), first);
    });

    it("goes on from a checkpoint without a loss or a repeat in any state", async () => {
      await bench.append([settings(1), reading("A", 1), reading("B", 2)]);
      await bench.runToEnd();
      await bench.checkpoint();
      await bench.append([reading("A", 3)]);
      await bench.runToEnd();
      await bench.crash();
      await bench.append([reading("B", 4)]);
      const again = await bench.runToEnd();
      assert.deepEqual(again.filter((line) => line.startsWith("A:")).at(-1), "A:c1,r1,r3,");
      assert.deepEqual(again.filter((line) => line.startsWith("B:")).at(-1), "B:c1,r2,r4,");
    });

    it("gives a device that appeared between checkpoint and crash the settings of its own time", async () => {
      await bench.append([settings(1), reading("A", 1)]);
      await bench.runToEnd();
      await bench.checkpoint();
      await bench.append([reading("NEW", 2), settings(3), reading("NEW", 4)]);
      const first = await bench.runToEnd();
      await bench.crash();
      const second = await bench.runToEnd();
      const ofNew = (lines: readonly string[]): readonly string[] =>
        lines.filter((line) => line.startsWith("NEW:"));
      assert.deepEqual(ofNew(second), ofNew(first));
    });
  });
}

/** Lines of each device in their order, devices by name. */
function byDevice(lines: readonly string[]): readonly string[] {
  return lines.toSorted((a, b) =>
    deviceOf(a) < deviceOf(b) ? -1 : deviceOf(a) > deviceOf(b) ? 1 : 0,
  );
}

function deviceOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}
