import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { aDevice, anOrder, noon } from "../../../test/fixtures/record-rows.ts";
import { withTelemetry } from "../../../test/fixtures/telemetry-on-disk.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import { HOUR, MINUTE } from "../../model/basics.ts";
import type { AnomalyEpisode, DeviceView } from "../../model/detection.ts";
import { bareMetric } from "../../model/device.ts";
import type { ForecastRow } from "../../model/prediction.ts";
import type { Reading } from "../../model/reading.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { trainFailureModel } from "./failure/train-failure-model.ts";
import { type ForecastWarning, sweepForecasts } from "./forecast-keeper.ts";
import { createForecaster } from "./forecaster.ts";
import { SCORED_MIN } from "./reliability.ts";

const device = aDevice("PUMP_01", { metrics: { vibration: { ...bareMetric("g"), hh: 0.5 } } });
const STEP = 5 * MINUTE;
const trendBegan = noon - 30 * HOUR;

/** 0.2 g until the trend begins, then 2.5 % more each hour: 0.42 g at noon, the limit 7 hours later. */
function vibrationAt(at: number): number {
  const wobble = ((at / STEP) % 3) * 0.001;
  return 0.2 * 1.025 ** Math.max(0, (at - trendBegan) / HOUR) + wobble;
}

function aPlant(telemetry: TelemetryStore) {
  const clock = new SimulatedClock(noon);
  const records = new InMemoryRecords();
  const warnings: ForecastWarning[] = [];
  let offset = 1;
  let measuredUntil = trendBegan - 2 * HOUR;
  const view = async (): Promise<DeviceView | null> => ({
    deviceId: "PUMP_01",
    at: plant.isSilent ? noon : clock.now(),
    last: { timestamp: clock.now(), seq: null, values: { vibration: vibrationAt(clock.now()) } },
    qualities: {},
    sample: { at: clock.now(), state: "deviation", score: 3, contributions: { vibration: 1 } },
    baseline: "active",
    learnedRows: 400,
    learnRows: 400,
    metrics: { vibration: { mean: 0.2, sd: 0.002, referenceMean: 0.2 } },
    worstMargin: 0.7,
    worstMetric: "vibration",
  });
  const forecaster = createForecaster({ records, telemetry, clock, view });
  const deps = {
    records,
    telemetry,
    forecaster,
    clock,
    log: silentLog,
    devices: () => [device],
    warn: async (warning: ForecastWarning) => void warnings.push(warning),
  };
  const plant = {
    clock,
    records,
    forecaster,
    warnings,
    /** True: the newest reading is of noon. */
    isSilent: false,
    /** Measures as far as the clock has come. */
    measures: async () => {
      const readings: Reading[] = [];
      for (; measuredUntil <= clock.now(); measuredUntil += STEP)
        readings.push(aReading(measuredUntil));
      const logged = readings.map((reading) => {
        offset += 1;
        return { reading, partition: "0", offset };
      });
      await telemetry.write(logged, { "0": offset + 1 });
    },
    flags: (endedAt: number | null) =>
      telemetry.writeEpisodes([{ ...anEpisode, startedAt: trendBegan, endedAt }]),
    sweeps: () => sweepForecasts(deps),
    rows: () => records.rows("forecast"),
  };
  return plant;
}

function aReading(at: number): Reading {
  return {
    deviceId: "PUMP_01",
    measuredAt: at,
    receivedAt: at,
    values: new Map([["vibration", vibrationAt(at)]]),
    qualities: null,
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 1,
  };
}

const anEpisode: AnomalyEpisode = {
  episodeId: "e1",
  deviceId: "PUMP_01",
  detector: "deviation",
  condition: "deviation",
  startedAt: 0,
  endedAt: null,
  peakScore: 3,
  contributions: { vibration: 1 },
  shadow: false,
};

describe("forecasts of a machine whose vibration grows", () => {
  it("gives a probability for the limit, with evidence, only once a trend is flagged", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      const before = await plant.forecaster.predict(device, 24);
      assert.equal(before.forecast, null);
      assert.ok(before.reason !== null);
      assert.ok((before.health?.index ?? 100) < 50);
      await plant.flags(null);
      const { forecast, reason } = await plant.forecaster.predict(device, 24);
      assert.equal(reason, null);
      assert.ok((forecast?.probability ?? 0) > 0.8);
      assert.deepEqual(
        [forecast?.limit?.metric, forecast?.limit?.rated, forecast?.method],
        ["vibration", 0.5, "wiener_first_passage"],
      );
      assert.ok((forecast?.rul?.p05 ?? 99) < 7.2 && (forecast?.rul?.p95 ?? 0) > 7.2);
      assert.ok((forecast?.evidence.length ?? 0) > 0);
    }));

  it("refuses a horizon without proven skill, and one that is longer than the trend", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      assert.equal((await plant.forecaster.predict(device, 30)).forecast, null);
      assert.equal((await plant.forecaster.predict(device, 72)).forecast, null);
    }));

  it("keeps one forecast an hour of each horizon, however often it is made", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      await plant.sweeps();
      assert.deepEqual(
        plant.rows().map(({ horizonH }) => horizonH),
        [6, 24],
      );
    }));

  it("scores a forecast when its time is over, by what the readings say", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      await plant.clock.advance(6 * HOUR + MINUTE);
      await plant.measures();
      await plant.sweeps();
      const outcomes = () =>
        plant
          .rows()
          .filter(({ madeAt }) => madeAt === noon)
          .toSorted((a, b) => a.horizonH - b.horizonH)
          .map(({ outcome }) => outcome);
      assert.deepEqual(outcomes(), ["not_reached", null]);
      await plant.clock.advance(18 * HOUR);
      await plant.measures();
      await plant.sweeps();
      assert.deepEqual(outcomes(), ["not_reached", "reached"]);
    }));

  it("scores nothing where readings are missing", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      const outcomes = () =>
        plant
          .rows()
          .filter(({ madeAt, horizonH }) => madeAt === noon && horizonH === 6)
          .map(({ outcome }) => outcome);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      await plant.clock.advance(7 * HOUR);
      await plant.sweeps();
      assert.deepEqual(outcomes(), ["unknown"]);
    }));

  it("scores nothing where a repair came between: the machine would have gone on otherwise", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      await plant.records.transaction((tx) =>
        tx.insert("work_order", {
          ...anOrder("WO-20260228-0001", null),
          deviceId: "PUMP_01",
          status: "COMPLETED",
          verdict: { alarm: "right", cause: "bearing", fix: "repair", note: "" },
          completedAt: noon + 2 * HOUR,
        }),
      );
      await plant.clock.advance(6 * HOUR + MINUTE);
      await plant.measures();
      await plant.sweeps();
      const six = plant.rows().find(({ madeAt, horizonH }) => madeAt === noon && horizonH === 6);
      assert.equal(six?.outcome, "unknown");
    }));

  it("lets an alarm stand while nothing new is heard of the machine", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      plant.isSilent = true;
      await plant.clock.advance(2 * HOUR);
      await plant.sweeps();
      assert.deepEqual(
        plant.warnings.map(({ active }) => active),
        [true],
      );
    }));

  it("asks for an alarm once when the limit is likely within a day, and ends it with the trend", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await plant.sweeps();
      await plant.clock.advance(10 * MINUTE);
      await plant.measures();
      await plant.sweeps();
      assert.deepEqual(
        plant.warnings.map(({ active, metric }) => [active, metric]),
        [[true, "vibration"]],
      );
      await plant.flags(plant.clock.now());
      await plant.sweeps();
      await plant.sweeps();
      assert.deepEqual(
        plant.warnings.map(({ active }) => active),
        [true, false],
      );
    }));
});

describe("a kind of forecast that is held against what happened", () => {
  /** So many scored forecasts of 24 h; `isRight` says whether they told what came. */
  async function remember(records: InMemoryRecords, isRight: boolean): Promise<void> {
    for (let i = 0; i < SCORED_MIN; i += 1) {
      const reached = i % 2 === 0;
      const row: ForecastRow = {
        forecastId: `f${i}`,
        deviceId: "PUMP_02",
        deviceType: "pump",
        factoryId: "F001",
        lineId: "L003",
        method: "wiener_first_passage",
        horizonH: 24,
        madeAt: noon - (i + 40) * HOUR,
        dueAt: noon - (i + 16) * HOUR,
        probability: reached === isRight ? 0.9 : 0.1,
        shown: true,
        warned: false,
        forecastLimit: { metric: "vibration", value: 0.3, rated: 0.5 },
        rul: null,
        outcome: reached ? "reached" : "not_reached",
        scoredAt: noon,
      };
      await records.transaction((tx) => tx.insert("forecast", row));
    }
  }

  it("switches itself off where it had no skill, and says so", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await remember(plant.records, false);
      const { forecast, reason } = await plant.forecaster.predict(device, 24);
      assert.equal(forecast, null);
      assert.ok(reason !== null);
      const { made } = await plant.forecaster.consider(device, [24]);
      assert.deepEqual(
        made.map(({ state }) => state),
        ["off"],
      );
      // The shorter horizon has its own record and goes on.
      assert.notEqual((await plant.forecaster.predict(device, 6)).forecast, null);
    }));

  it("shows the skill that it has earned", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      await plant.flags(null);
      await remember(plant.records, true);
      const { forecast } = await plant.forecaster.predict(device, 24);
      assert.ok(Math.abs((forecast?.skill ?? 0) - 0.96) < 1e-9);
    }));
});

describe("forecasts by a trained model", () => {
  it("are made where the type has one, counted from the last repair", () =>
    withTelemetry(async (telemetry) => {
      const plant = aPlant(telemetry);
      await plant.measures();
      const runs = Array.from({ length: 10 }, (_, i) => {
        const life = 60 + 4 * i;
        const values = Float64Array.from(
          { length: life },
          (_, step) => 0.2 * 1.025 ** Math.max(0, step - life + 37),
        );
        return {
          id: `run-${i}`,
          from: 0,
          to: life * HOUR,
          stepMs: HOUR,
          values: { vibration: values },
        };
      });
      const model = trainFailureModel(runs, { deviceType: "pump", cap: 50, seed: 7 });
      await plant.records.transaction(async (tx) => {
        await tx.insert("prediction_model", {
          modelId: "m1",
          deviceType: "pump",
          version: 1,
          createdAt: noon,
          createdBy: "test",
          histories: runs.length,
          stepMs: HOUR,
          model: JSON.parse(JSON.stringify(model)),
        });
        await tx.insert("work_order", {
          ...anOrder("WO-20260227-0001", null),
          deviceId: "PUMP_01",
          status: "COMPLETED",
          verdict: { alarm: "right", cause: "bearing", fix: "replacement", note: "" },
          completedAt: noon - 60 * HOUR,
        });
      });
      const { forecast } = await plant.forecaster.predict(device, 8);
      assert.equal(forecast?.method, "boosted_trees");
      assert.ok((forecast?.probability ?? 0) > 0.5);
      assert.ok((forecast?.rul?.p05 ?? 99) <= (forecast?.rul?.p95 ?? 0));
    }));
});
