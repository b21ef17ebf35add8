import { z } from "zod";
import { identifier } from "../../../wire/basics.ts";
import { forecastOut } from "../../../wire/forecast.ts";
import { readForecast } from "../../api/routes/forecasts.ts";
import { defineTool } from "../tool.ts";

/** The forecast that the HTTP API gives: null with the reason where none can be made honestly. */
export const predictFailure = defineTool({
  name: "predict_failure",
  title: "Failure forecast",
  description:
    "Probability that a device fails within the horizon, with its evidence; and its health index from 100 down to 0; `forecast` is null and `reason` says why where the data allow none. Never fill the gap with a guess.",
  action: "devices.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({
    device_id: identifier,
    horizon_h: z.int().min(1).max(8760).default(24).describe("Hours ahead"),
  }),
  output: forecastOut,
  answer: ({ device_id, horizon_h }, { services, principal }) =>
    readForecast(services, principal, { deviceId: device_id, horizonH: horizon_h, language: "en" }),
});
