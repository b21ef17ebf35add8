import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import { MINUTE } from "../../../model/basics.ts";
import { standardUnitOf } from "../../../model/units.ts";
import { windowStatistics } from "../../../pipeline/aggregate/window-statistics.ts";
import type { IngestAnswer } from "../../../ports/source-adapter.ts";
import { identifier, instantIn, pageOf, toIso } from "../../../wire/basics.ts";
import { ingestAnswerOut, readingOut, readingToWire } from "../../../wire/reading.ts";
import {
  aggregateOut,
  aggregateToWire,
  statisticsToWire,
  windowOut,
} from "../../../wire/telemetry.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { problemOf } from "../problems.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import type { RateLimit } from "../rate-limit.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { findDevice, visibleDeviceIds } from "../scope.ts";
import type { ApiServices } from "../services.ts";

const metric = z
  .string()
  .max(2000)
  .optional()
  .describe("One or more metrics, separated by commas")
  .transform((text) => (text === undefined || text === "" ? null : text.split(",")));
const range = {
  device_id: identifier,
  from: instantIn.default(0).describe("Inclusive; ISO 8601 or ms; default: the oldest"),
  to: instantIn.optional().describe("Exclusive; ISO 8601 or ms; default: the newest"),
  metric,
};
/** Later than every reading that ingest accepts. */
const endOfTime = 8_640_000_000_000_000;

/** Ways of readings: in, and out again as rows, minutes and statistics. */
export function readingRoutes(services: ApiServices, rateLimit: RateLimit): readonly ApiRoute[] {
  return [
    postReadings(services, rateLimit),
    getReadings(services),
    getAggregates(services),
    getWindow(services),
  ];
}

function postReadings({ devices, ingest }: ApiServices, rateLimit: RateLimit): ApiRoute {
  return {
    method: "POST",
    path: "/readings",
    action: "readings.write",
    tag: "Readings",
    summary: "Send one reading, an array, or NDJSON; the answer comes after they are durable",
    bodyType: "readings",
    query: null,
    body: null,
    answer: ingestAnswerOut,
    failures: [400, 413, 415, 422, 429, 503],
    run: async (request, reply, principal) => {
      rateLimit.admit(principal.id);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const type = request.headers["content-type"] ?? "";
      const answer = await ingest.accept({
        body,
        format: /ndjson|jsonl/i.test(type) ? "ndjson" : "json",
        source: "http",
        deviceIds: visibleDeviceIds(devices, principal),
      });
      const { accepted, duplicates, rejected } = answer;
      rateLimit.charge(principal.id, accepted + duplicates + rejected.length);
      const refused = rejected.length > 0 && accepted + duplicates === 0;
      if (!refused) return answer;
      const { status, body: problem } = problemOf(allRejected(answer), request.id);
      void reply.code(status).type("application/problem+json; charset=utf-8");
      return { ...problem, ...answer };
    },
  };
}

function allRejected(answer: IngestAnswer): IaiError {
  const first = answer.rejected[0];
  return new IaiError(
    "ALL_REJECTED",
    `Cannot accept any of ${answer.rejected.length} readings: the first is ${first?.code ?? ""}; nothing was stored`,
  );
}

function getReadings({ devices, telemetry }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/readings",
    action: "readings.read",
    tag: "Readings",
    summary: "Readings of one device in wire form, in time order",
    query: listQuery({ ...range, order: z.enum(["asc", "desc"]).default("asc") }),
    answer: pageOf(readingOut),
    handle: async ({ query, principal }) => {
      findDevice(devices, principal, query.device_id);
      const { cursor, limit, order } = query;
      let { from, to = endOfTime } = query;
      if (cursor !== undefined) {
        const at = Number(decodeCursor(cursor, ["number"])[0]);
        if (order === "asc") from = Math.max(from, at + 1);
        else to = Math.min(to, at);
      }
      const found = await telemetry.readings({
        deviceId: query.device_id,
        from,
        to,
        metrics: query.metric,
        limit: limit + 1,
        order,
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const next =
        found.length > limit && last !== undefined ? encodeCursor([last.measuredAt]) : null;
      return pageAnswer(page.map(readingToWire), next, limit);
    },
  });
}

function getAggregates({ devices, telemetry }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/aggregates",
    action: "readings.read",
    tag: "Readings",
    summary: "Minutes (or wider steps) of one device, one row a step and metric",
    query: listQuery({
      ...range,
      step_ms: z
        .string()
        .regex(/^\d{1,10}$/)
        .default("60000")
        .transform(Number)
        .pipe(z.int().min(MINUTE).multipleOf(MINUTE))
        .describe("Width of a row, a multiple of 60,000"),
    }),
    answer: pageOf(aggregateOut),
    handle: async ({ query, principal }) => {
      findDevice(devices, principal, query.device_id);
      const { cursor, limit } = query;
      // The cursor is a step and how many of its rows were given: a step has one row a metric.
      const [at, given] =
        cursor === undefined ? [query.from, 0] : decodeCursor(cursor, ["number", "number"]);
      const found = await telemetry.aggregates({
        deviceId: query.device_id,
        from: Math.max(query.from, Number(at)),
        to: query.to ?? endOfTime,
        metrics: query.metric,
        stepMs: query.step_ms,
        limit: limit + Number(given) + 1,
      });
      const page = found.slice(Number(given), Number(given) + limit);
      const last = page.at(-1);
      if (found.length <= Number(given) + limit || last === undefined)
        return pageAnswer(page.map(aggregateToWire), null, limit);
      const ofLast = found
        .slice(0, Number(given) + limit)
        .filter((row) => row.minuteAt === last.minuteAt).length;
      return pageAnswer(page.map(aggregateToWire), encodeCursor([last.minuteAt, ofLast]), limit);
    },
  });
}

function getWindow({ clock, devices, telemetry }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/telemetry/window",
    action: "readings.read",
    tag: "Readings",
    summary: "Statistics per metric over the last minutes",
    query: oneQuery({
      device_id: identifier,
      window_mins: z
        .string()
        .regex(/^\d{1,6}$/)
        .default("60")
        .transform(Number)
        .pipe(z.int().min(1).max(1440)),
      to: instantIn.optional().describe("Exclusive end; default: now"),
    }),
    answer: windowOut,
    handle: async ({ query, principal }) => {
      const device = findDevice(devices, principal, query.device_id);
      const to = query.to ?? clock.now() + 1;
      const from = to - query.window_mins * MINUTE;
      const found = await telemetry.readings({
        deviceId: query.device_id,
        from,
        to,
        metrics: null,
        limit: 1_000_000,
        order: "asc",
      });
      const metrics = [...windowStatistics(found)].map(([name, statistics]) => {
        const unit = device.metrics[name]?.unit ?? standardUnitOf(name);
        return [name, statisticsToWire(statistics, unit)] as const;
      });
      return {
        device_id: query.device_id,
        window_mins: query.window_mins,
        from: toIso(from),
        to: toIso(to),
        metrics: Object.fromEntries(metrics),
      };
    },
  });
}
