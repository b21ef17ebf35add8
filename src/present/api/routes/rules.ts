import type { Principal } from "../../../model/access.ts";
import type { DeviceId } from "../../../model/basics.ts";
import { backtestIn, backtestOut, backtestToWire, changeFromWire } from "../../../wire/backtest.ts";
import { identifier, pageOf } from "../../../wire/basics.ts";
import {
  ruleFromWire,
  ruleIn,
  ruleOut,
  rulePutIn,
  ruleToWire,
  ruleValidateIn,
  ruleValidateOut,
} from "../../../wire/rule.ts";
import { flag, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { findDevice, notFound, visibleDevices } from "../scope.ts";
import type { ApiServices, DeviceService } from "../services.ts";

/** Rules and their versions. */
export function ruleRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    listRules(services),
    getRule(services),
    getVersions(services),
    postRule(services),
    putRule(services),
    validate(services),
    backtest(services),
  ];
}

function listRules({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/rules",
    action: "rules.read",
    tag: "Rules",
    summary: "Rules in their present version",
    query: listQuery({ enabled: flag.optional(), condition: identifier.optional() }),
    answer: pageOf(ruleOut),
    handle: async ({ query }) => {
      const page = await listPage(records, {
        table: "rule",
        where: {
          current: true,
          ...(query.enabled === undefined ? {} : { enabled: query.enabled }),
          ...(query.condition === undefined ? {} : { condition: query.condition }),
        },
        order: { field: "ruleId", fieldType: "string", id: "ruleId", direction: "asc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(ruleToWire), page.nextCursor, query.limit);
    },
  });
}

function getRule({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/rules/:rule_id",
    action: "rules.read",
    tag: "Rules",
    summary: "One rule in its present version",
    query: oneQuery({}),
    answer: ruleOut,
    failures: [404],
    handle: async (context) => {
      const ruleId = param(context, "rule_id");
      const rule = await records.read((tx) => tx.find("rule", { ruleId, current: true }));
      if (rule === null) throw notFound("rule", ruleId);
      return ruleToWire(rule);
    },
  });
}

function getVersions({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/rules/:rule_id/versions",
    action: "rules.read",
    tag: "Rules",
    summary: "All versions of a rule, newest first",
    query: listQuery({}),
    answer: pageOf(ruleOut),
    handle: async (context) => {
      const { cursor, limit } = context.query;
      const page = await listPage(records, {
        table: "rule",
        where: { ruleId: param(context, "rule_id") },
        order: { field: "version", fieldType: "number", id: "ruleId", direction: "desc" },
        cursor,
        limit,
      });
      return pageAnswer(page.rows.map(ruleToWire), page.nextCursor, limit);
    },
  });
}

function postRule({ rules }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/rules",
    action: "rules.write",
    tag: "Rules",
    summary: "Write a rule; it counts from the next reading on",
    body: ruleIn,
    answer: ruleOut,
    status: 201,
    failures: [409],
    handle: async ({ body, principal, reply }) => {
      const content = { ...ruleFromWire(body), ruleId: body.rule_id ?? null };
      const rule = await rules.create(content, { principal, reason: null });
      void reply.code(201);
      return ruleToWire(rule);
    },
  });
}

function putRule({ rules }: ApiServices): ApiRoute {
  return defineRoute({
    method: "PUT",
    path: "/rules/:rule_id",
    action: "rules.write",
    tag: "Rules",
    summary: "Replace a rule by its next version",
    body: rulePutIn,
    answer: ruleOut,
    failures: [404],
    handle: async (context) => {
      const by = { principal: context.principal, reason: null };
      const content = ruleFromWire(context.body);
      return ruleToWire(await rules.put(param(context, "rule_id"), content, by));
    },
  });
}

function validate({ rules }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/rules/validate",
    action: "rules.read",
    tag: "Rules",
    summary: "Read a rule's text without storing it; an error points at its column",
    body: ruleValidateIn,
    answer: ruleValidateOut,
    handle: async ({ body }) => {
      const error = rules.validate(body.text, body.device_id);
      return { ok: error === null, error };
    },
  });
}

function backtest({ backtest: run, devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/rules/:rule_id/backtest",
    action: "rules.read",
    tag: "Rules",
    summary:
      "A rule over the past: alarms gained, lost and told earlier or later; nothing is stored",
    body: backtestIn,
    answer: backtestOut,
    failures: [404],
    handle: async (context) => {
      const { body, principal } = context;
      const ruleId = param(context, "rule_id");
      const deviceIds = triedDevices(devices, principal, body.device_id);
      const { from, to } = body;
      const request = { ruleId, from, to, deviceIds, change: changeFromWire(body.change) };
      return backtestToWire(await run(request));
    },
  });
}

/** The device asked for, or what the principal may see; null: the whole plant. */
function triedDevices(
  devices: DeviceService,
  principal: Principal,
  deviceId: DeviceId | null,
): readonly DeviceId[] | null {
  if (deviceId !== null) return [findDevice(devices, principal, deviceId).deviceId];
  const seen = visibleDevices(devices, principal);
  return seen.length === devices.list().length ? null : seen.map((device) => device.deviceId);
}
