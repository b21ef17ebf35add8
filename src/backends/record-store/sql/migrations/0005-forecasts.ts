import type { Migration } from "./migration.ts";

/** What was forecast and what happened, and the models that forecasts are made with. */
export const forecasts: Migration = {
  version: 5,
  name: "forecasts",
  steps: [
    {
      add: "table",
      name: "forecast",
      columns: {
        forecast_id: "word",
        device_id: "word",
        device_type: "word",
        factory_id: "word",
        line_id: "word",
        method: "word",
        horizon_h: "real",
        made_at: "instant",
        due_at: "instant",
        probability: "real",
        shown: "boolean",
        warned: "boolean",
        forecast_limit: "json?",
        rul: "json?",
        outcome: "word?",
        scored_at: "instant?",
      },
      key: ["forecast_id"],
      indexes: {
        forecast_device: ["device_id", "made_at"],
        forecast_due: ["outcome", "due_at"],
        forecast_record: ["device_type", "made_at"],
        forecast_warned: ["warned"],
      },
    },
    {
      add: "table",
      name: "prediction_model",
      columns: {
        model_id: "word",
        device_type: "word",
        version: "integer",
        created_at: "instant",
        created_by: "text",
        histories: "integer",
        step_ms: "integer",
        model: "json",
      },
      key: ["model_id"],
      indexes: { prediction_model_type: ["device_type", "version"] },
    },
  ],
};
