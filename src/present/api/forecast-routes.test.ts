import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { aDevice, noon } from "../../../test/fixtures/record-rows.ts";
import { aServer, as, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import { HOUR } from "../../model/basics.ts";
import type { ForecastRow, PredictionModelRow } from "../../model/prediction.ts";
import { pageOf } from "../../wire/basics.ts";
import {
  forecastOut,
  forecastRecordOut,
  predictionModelOut,
  reliabilityOut,
} from "../../wire/forecast.ts";

const plant = simulatePlant();
plant.devices.set("PUMP_01", aDevice("PUMP_01"));
const app = await aServer(plant);
after(() => app.close());
const get = async (url: string) =>
  (await app.inject({ url: `/api/v1${url}`, headers: as("viewer") })).json();

function aForecast(number: number, part: Partial<ForecastRow> = {}): ForecastRow {
  return {
    forecastId: `f${number}`,
    deviceId: "PUMP_01",
    deviceType: "pump",
    factoryId: "F001",
    lineId: "L003",
    method: "wiener_first_passage",
    horizonH: 24,
    madeAt: noon + number * HOUR,
    dueAt: noon + (number + 24) * HOUR,
    probability: 0.9,
    shown: true,
    warned: false,
    forecastLimit: { metric: "vibration", value: 0.3, rated: 0.5 },
    rul: null,
    outcome: "reached",
    scoredAt: noon,
    ...part,
  };
}

await plant.records.transaction(async (tx) => {
  await tx.insert("forecast", aForecast(1));
  await tx.insert("forecast", aForecast(2, { outcome: "not_reached", probability: 0.1 }));
  await tx.insert(
    "forecast",
    aForecast(3, { deviceId: "FAN_01", deviceType: "fan", outcome: null }),
  );
  const model: PredictionModelRow = {
    modelId: "pump:1",
    deviceType: "pump",
    version: 1,
    createdAt: noon,
    createdBy: "command line",
    histories: 12,
    stepMs: HOUR,
    model: { format: 1, trees: { names: ["vibration.mean30"] }, bands: [], horizons: [], cap: 125 },
  };
  await tx.insert("prediction_model", model);
});

describe("forecasts over HTTP", () => {
  it("answer null with the reason where there is none, and nothing of a device nobody knows", async () => {
    const said = forecastOut.parse(await get("/devices/PUMP_01/forecast?horizon_h=24"));
    assert.equal(said.forecast, null);
    assert.notEqual(said.reason, null);
    assert.equal((await get("/devices/NOBODY/forecast")).code, "NOT_FOUND");
  });

  it("list what was said, newest first, by device and outcome", async () => {
    const ids = async (query: string) =>
      pageOf(forecastRecordOut)
        .parse(await get(`/forecasts${query}`))
        .items.map(({ forecast_id }) => forecast_id);
    assert.deepEqual(await ids(""), ["f3", "f2", "f1"]);
    assert.deepEqual(await ids("?device_id=PUMP_01&outcome=reached"), ["f1"]);
  });

  it("hold it against what happened, by type, method and horizon", async () => {
    const { items } = reliabilityOut.parse(await get("/forecasts/reliability?device_type=pump"));
    assert.deepEqual(
      items.map(({ horizon_h, scored, reached, skill }) => [horizon_h, scored, reached, skill]),
      [[24, 2, 1, null]],
    );
    assert.ok(Math.abs((items[0]?.brier ?? 1) - 0.01) < 1e-9);
    assert.deepEqual(
      items[0]?.bins.filter(({ count }) => count > 0).map(({ observed }) => observed),
      [0, 1],
    );
  });

  it("show models without their trees in the list, and one whole", async () => {
    const [listed] = pageOf(predictionModelOut).parse(await get("/prediction-models")).items;
    assert.equal(listed?.histories, 12);
    assert.equal(listed?.model["trees"], undefined);
    const whole = predictionModelOut.parse(await get("/prediction-models/pump:1"));
    assert.deepEqual(whole.model["trees"], { names: ["vibration.mean30"] });
    assert.equal((await get("/prediction-models/none")).code, "NOT_FOUND");
  });
});
