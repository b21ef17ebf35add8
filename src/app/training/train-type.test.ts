import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { aDevice, anOrder, noon } from "../../../test/fixtures/record-rows.ts";
import { withTelemetry } from "../../../test/fixtures/telemetry-on-disk.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createRandom } from "../../kernel/random.ts";
import { DAY, HOUR } from "../../model/basics.ts";
import { applyFailureModel } from "../../pipeline/predict/failure/failure-model.ts";
import { rowAt, trainingRows } from "../../pipeline/predict/failure/training-rows.ts";
import { orderRuns } from "./order-runs.ts";
import { folderRuns, storeModel, trainType } from "./train-type.ts";

const options = { deviceType: "pump", cap: 60, seed: 7 };

const tooLittle = (failure: unknown): boolean => isCode(failure, "TRAINING_TOO_LITTLE");

/** Pumps in one file each, an hour a row; vibration grows over the last forty hours. */
function writeRecordings(folder: string, pumps: number): string {
  mkdirSync(join(folder, "runs"));
  for (let pump = 0; pump < pumps; pump += 1) {
    const random = createRandom(pump + 1);
    const life = 70 + random.integer(40);
    const lines = Array.from({ length: life }, (_, hour) => {
      const left = life - 1 - hour;
      const vibration = 0.2 + Math.max(0, 40 - left) / 100 + 0.01 * random.normal();
      return `${hour},${vibration.toFixed(4)}`;
    });
    writeFileSync(join(folder, "runs", `pump-${pump}.csv`), ["t_h,vib", ...lines].join("\n"));
  }
  const map = join(folder, "map.yaml");
  const text = [
    'timestamp: { column: t_h, unit: h, start: "2026-01-01T00:00:00Z" }',
    "device: PUMP_X",
    "metrics:",
    "  vibration: { column: vib, unit: g }",
  ];
  writeFileSync(map, text.join("\n"));
  return map;
}

describe("training on recordings", () => {
  it("makes each file one run, and a model that knows runs it has not seen", () =>
    withTelemetry(async (_, folder) => {
      const runs = await folderRuns(join(folder, "runs"), writeRecordings(folder, 14), HOUR);
      assert.equal(runs.length, 14);
      const model = trainType(runs.slice(0, 12), options);
      assert.ok(model.skill.rmseSteps < 0.5 * model.skill.rmseOfMeanSteps);
      const held = trainingRows(runs.slice(12), model.metrics, options.cap);
      const last = held.left.indexOf(0);
      assert.ok(applyFailureModel(model, rowAt(held, last)).left < 10);
    }));

  it("refuses fewer than ten runs, and runs in which nothing moves", () =>
    withTelemetry(async (_, folder) => {
      const runs = await folderRuns(join(folder, "runs"), writeRecordings(folder, 10), HOUR);
      assert.throws(() => trainType(runs.slice(1), options), tooLittle);
      const still = runs.map((run) => ({ ...run, values: { flow: new Float64Array(80).fill(3) } }));
      assert.throws(() => trainType(still, options), tooLittle);
    }));

  it("stores each training as the next version, whole", () =>
    withTelemetry(async (_, folder) => {
      const runs = await folderRuns(join(folder, "runs"), writeRecordings(folder, 10), HOUR);
      const records = new InMemoryRecords();
      const by = {
        clock: new SimulatedClock(noon),
        createdBy: "test",
        auditKey: new Uint8Array(32),
      };
      const model = trainType(runs, options);
      await storeModel(records, model, by);
      const second = await storeModel(records, model, by);
      assert.deepEqual([second.version, second.histories], [2, 10]);
      assert.deepEqual(
        records.rows("prediction_model").map((row) => row.model),
        [model, model],
      );
      assert.deepEqual(
        records.rows("audit_log").map(({ subject }) => subject),
        ["pump:1", "pump:2"],
      );
    }));
});

describe("training on closed orders", () => {
  it("takes a run from the repair before it to the order whose alarm was right", () =>
    withTelemetry(async (telemetry) => {
      const records = new InMemoryRecords();
      const device = aDevice("PUMP_01", { createdAt: noon - 10 * DAY, installDate: "2026-02-17" });
      const close = (days: number, alarm: "right" | "wrong", fix: "replacement" | "none") =>
        records.transaction((tx) =>
          tx.insert("work_order", {
            ...anOrder(`WO-${days}`, null),
            deviceId: "PUMP_01",
            status: "COMPLETED",
            verdict: { alarm, cause: "bearing", fix, note: "" },
            createdAt: noon - days * DAY,
            completedAt: noon - days * DAY + 2 * HOUR,
          }),
        );
      await close(6, "right", "replacement");
      await close(5, "wrong", "none");
      await close(2, "right", "replacement");
      const readings = Array.from({ length: 240 }, (_, hour) => ({
        deviceId: "PUMP_01",
        measuredAt: noon - 10 * DAY + hour * HOUR,
        receivedAt: noon,
        values: new Map([["vibration", hour]]),
        qualities: null,
        faults: null,
        sources: null,
        seq: null,
        status: null,
        configVersion: 1,
      }));
      const logged = readings.map((reading, i) => ({ reading, partition: "0", offset: i + 1 }));
      await telemetry.write(logged, { "0": logged.length + 1 });
      const runs = await orderRuns({ records, telemetry }, [device], HOUR);
      const spans = runs.map(({ from, to }) => [from, to]);
      assert.deepEqual(spans, [
        [noon - 10 * DAY, noon - 6 * DAY],
        [noon - 6 * DAY + 2 * HOUR, noon - 2 * DAY],
      ]);
      assert.deepEqual([...(runs[0]?.values["vibration"] ?? [])].slice(-2), [94, 95]);
      // How old it was when it was registered is not known: its first run teaches nothing.
      const old = { ...device, installDate: "2020-05-01" };
      assert.equal((await orderRuns({ records, telemetry }, [old], HOUR)).length, 1);
    }));
});
