import { z } from "zod";
import { identifier, pageOf, rangeQuery } from "../../wire/basics.ts";
import { anomalyOut, anomalyToWire, externalAnomalyIn } from "../../wire/telemetry.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { listQuery, pageAnswer } from "./queries.ts";
import { type ApiRoute, defineRoute } from "./route.ts";
import { findDevice, visibleDeviceIds } from "./scope.ts";
import type { ApiServices } from "./services.ts";

/** Later than every episode. */
const endOfTime = 8_640_000_000_000_000;

/** Detector episodes out, and an outside detector's word in. */
export function anomalyRoutes(services: ApiServices): readonly ApiRoute[] {
  return [listAnomalies(services), postAnomaly(services)];
}

function listAnomalies({ devices, telemetry }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/anomalies",
    action: "anomalies.read",
    tag: "Anomalies",
    summary: "Episodes in which a detector saw something, by their begin",
    query: listQuery({ device_id: identifier.optional(), ...rangeQuery }),
    answer: pageOf(anomalyOut),
    handle: async ({ query, principal }) => {
      const visible = visibleDeviceIds(devices, principal);
      if (query.device_id !== undefined) findDevice(devices, principal, query.device_id);
      const { cursor, limit } = query;
      const [from, given] =
        cursor === undefined ? [query.from ?? 0, 0] : decodeCursor(cursor, ["number", "number"]);
      const found = await telemetry.episodes({
        deviceId: query.device_id ?? null,
        from: Number(from),
        to: query.to ?? endOfTime,
        limit: limit + Number(given) + 1,
      });
      // The cursor is a begin and how many episodes with that begin were given already.
      const page = found.slice(Number(given), Number(given) + limit);
      const last = page.at(-1);
      const shown = visible === null ? page : page.filter((e) => visible.includes(e.deviceId));
      const items = shown.map(anomalyToWire);
      if (found.length <= Number(given) + limit || last === undefined)
        return pageAnswer(items, null, limit);
      const ofLast = found
        .slice(0, Number(given) + limit)
        .filter((episode) => episode.startedAt === last.startedAt).length;
      return pageAnswer(items, encodeCursor([last.startedAt, ofLast]), limit);
    },
  });
}

function postAnomaly({ clock, devices, steps }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/anomalies/webhook",
    action: "anomalies.write",
    tag: "Anomalies",
    summary: "An external detector's anomaly; it enters the alert builder through the log",
    body: externalAnomalyIn,
    answer: z.object({ device_id: z.string(), condition: z.string(), accepted: z.literal(true) }),
    status: 202,
    failures: [404],
    handle: async ({ body, principal, reply }) => {
      const { deviceId } = findDevice(devices, principal, body.device_id);
      const { condition, severity, contributions, text, ended_at: endedAt = null } = body;
      await steps.externalAnomaly({
        deviceId,
        source: body.source ?? body.detector ?? "webhook",
        condition,
        active: body.active ?? endedAt === null,
        score: body.score ?? body.peak_score ?? null,
        ...(severity === undefined ? {} : { severity }),
        ...(contributions === undefined ? {} : { contributions }),
        observedAt: endedAt ?? body.timestamp ?? body.started_at ?? clock.now(),
        text,
      });
      void reply.code(202);
      return { device_id: deviceId, condition, accepted: true };
    },
  });
}
