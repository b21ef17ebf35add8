import { z } from "zod";
import type { Principal } from "../../../model/access.ts";
import { reliabilityOf } from "../../../pipeline/predict/reliability.ts";
import { identifier, type Language, pageOf } from "../../../wire/basics.ts";
import {
  forecastOut,
  forecastRecordOut,
  forecastRecordToWire,
  predictionModelOut,
  predictionModelToWire,
  predictionToWire,
  reliabilityOut,
  reliabilityToWire,
} from "../../../wire/forecast.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { findDevice, notFound, scopeWhere } from "../scope.ts";
import type { ApiServices } from "../services.ts";

/** Scored forecasts that a reliability table is made from, the newest. */
const RELIABILITY_ROWS = 10_000;

/** What is forecast, what was, and what that was worth. */
export function forecastRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    getForecast(services),
    listForecasts(services),
    getReliability(services),
    listModels(services),
    getModel(services),
  ];
}

function getForecast(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/:device_id/forecast",
    action: "devices.read",
    tag: "Forecasts",
    summary: "Health and forecast of failure, or null and the reason",
    query: oneQuery({
      horizon_h: z
        .string()
        .regex(/^\d{1,4}$/)
        .default("24")
        .transform(Number)
        .pipe(z.int().min(1).max(8760)),
    }),
    answer: forecastOut,
    failures: [404],
    handle: (context) =>
      readForecast(services, context.principal, {
        deviceId: param(context, "device_id"),
        horizonH: context.query.horizon_h,
        language: context.language,
      }),
  });
}

/** The forecast of a device that this principal may see, or null and the reason. */
export async function readForecast(
  services: ApiServices,
  principal: Principal,
  asked: { readonly deviceId: string; readonly horizonH: number; readonly language: Language },
): Promise<z.infer<typeof forecastOut>> {
  const { deviceId } = findDevice(services.devices, principal, asked.deviceId);
  return predictionToWire(
    deviceId,
    await services.forecast(deviceId, asked.horizonH),
    asked.language,
  );
}

function listForecasts({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/forecasts",
    action: "devices.read",
    tag: "Forecasts",
    summary: "Forecasts that were made, newest first, and what became of them",
    query: listQuery({
      device_id: identifier.optional(),
      outcome: z.enum(["reached", "not_reached", "unknown"]).optional(),
    }),
    answer: pageOf(forecastRecordOut),
    handle: async ({ query, principal }) => {
      const page = await listPage(records, {
        table: "forecast",
        where: {
          ...scopeWhere(principal, query.device_id),
          ...(query.outcome === undefined ? {} : { outcome: query.outcome }),
        },
        order: { field: "madeAt", fieldType: "number", id: "forecastId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(forecastRecordToWire), page.nextCursor, query.limit);
    },
  });
}

function getReliability({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/forecasts/reliability",
    action: "devices.read",
    tag: "Forecasts",
    summary: "Forecasts held against what happened, by type, method and horizon",
    query: oneQuery({ device_type: z.string().max(50).optional() }),
    answer: reliabilityOut,
    handle: async ({ query, principal }) => {
      const rows = await records.read((tx) =>
        tx.list("forecast", {
          where: {
            ...scopeWhere(principal, undefined),
            ...(query.device_type === undefined ? {} : { deviceType: query.device_type }),
          },
          orderBy: [["madeAt", "desc"]],
          limit: RELIABILITY_ROWS,
        }),
      );
      return reliabilityToWire(reliabilityOf(rows));
    },
  });
}

function listModels({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/prediction-models",
    action: "rules.read",
    tag: "Forecasts",
    summary: "Trained models: data, features and skill; the trees only one by one",
    query: listQuery({}),
    answer: pageOf(predictionModelOut),
    handle: async ({ query }) => {
      const page = await listPage(records, {
        table: "prediction_model",
        where: {},
        order: { field: "createdAt", fieldType: "number", id: "modelId", direction: "desc" },
        cursor: query.cursor,
        limit: Math.min(query.limit, 20),
      });
      const items = page.rows.map((row) => {
        const { trees: _, bands: __, horizons: ___, ...model } = row.model;
        return predictionModelToWire({ ...row, model });
      });
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}

function getModel({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/prediction-models/:model_id",
    action: "rules.read",
    tag: "Forecasts",
    summary: "One trained model, whole",
    query: oneQuery({}),
    answer: predictionModelOut,
    failures: [404],
    handle: async (context) => {
      const modelId = param(context, "model_id");
      const row = await records.read((tx) => tx.find("prediction_model", { modelId }));
      if (row === null) throw notFound("model", modelId);
      return predictionModelToWire(row);
    },
  });
}
