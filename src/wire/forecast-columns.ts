/** How what was forecast, and the models it is made with, lie in SQL; part of the record catalogue. */
export const forecastColumns = {
  forecastId: "text",
  deviceId: "text",
  deviceType: "text",
  factoryId: "text",
  lineId: "text",
  method: "text",
  horizonH: "real",
  madeAt: "instant",
  dueAt: "instant",
  probability: "real",
  shown: "boolean",
  warned: "boolean",
  forecastLimit: "json",
  rul: "json",
  outcome: "text",
  scoredAt: "instant",
} as const;

export const predictionModelColumns = {
  modelId: "text",
  deviceType: "text",
  version: "integer",
  createdAt: "instant",
  createdBy: "text",
  histories: "integer",
  stepMs: "integer",
  model: "json",
} as const;
