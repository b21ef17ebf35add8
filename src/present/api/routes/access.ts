import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import {
  apiKeyCreatedOut,
  apiKeyIn,
  apiKeyOut,
  apiKeyToWire,
  principalOut,
  principalToWire,
  userIn,
  userOut,
  userPatchIn,
  userToWire,
} from "../../../wire/access.ts";
import { pageOf } from "../../../wire/basics.ts";
import { flag, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { notFound } from "../scope.ts";
import type { ApiServices } from "../services.ts";

/** Users and keys. */
export function accessRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    getMe(),
    listUsers(services),
    postUser(services),
    patchUser(services),
    listKeys(services),
    postKey(services),
    deleteKey(services),
  ];
}

function getMe(): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/me",
    action: "session.own",
    tag: "Access",
    summary: "Who I am and what I may see",
    query: oneQuery({}),
    answer: principalOut,
    handle: async ({ principal }) => principalToWire(principal),
  });
}

function listUsers({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/users",
    action: "users.manage",
    tag: "Access",
    summary: "Users by name",
    query: listQuery({ disabled: flag.optional() }),
    answer: pageOf(userOut),
    handle: async ({ query }) => {
      const page = await listPage(records, {
        table: "user_account",
        where: query.disabled === undefined ? {} : { disabled: query.disabled },
        order: { field: "name", fieldType: "string", id: "userId", direction: "asc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(userToWire), page.nextCursor, query.limit);
    },
  });
}

function postUser({ access }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    auditedByStation: true,
    path: "/users",
    action: "users.manage",
    tag: "Access",
    summary: "Add a user",
    body: userIn,
    answer: userOut,
    status: 201,
    failures: [409],
    handle: async ({ body, principal, reply }) => {
      const { name, role, password, factory_id, line_id } = body;
      const user = await access.users.create(
        { name, role, password, factoryId: factory_id, lineId: line_id },
        principal,
      );
      void reply.code(201);
      return userToWire(user);
    },
  });
}

function patchUser({ access }: ApiServices): ApiRoute {
  return defineRoute({
    method: "PATCH",
    auditedByStation: true,
    path: "/users/:user_id",
    action: "users.manage",
    tag: "Access",
    summary: "Change a user's role, scope or password, or switch them off",
    body: userPatchIn,
    answer: userOut,
    failures: [404, 409],
    handle: async (context) => {
      const { role, password, disabled, factory_id, line_id } = context.body;
      const user = await access.users.patch(
        param(context, "user_id"),
        {
          ...(role === undefined ? {} : { role }),
          ...(password === undefined ? {} : { password }),
          ...(disabled === undefined ? {} : { disabled }),
          ...(factory_id === undefined ? {} : { factoryId: factory_id }),
          ...(line_id === undefined ? {} : { lineId: line_id }),
        },
        context.principal,
      );
      return userToWire(user);
    },
  });
}

function listKeys({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/keys",
    action: "keys.manage",
    tag: "Access",
    summary: "API keys, newest first; the keys themselves are never shown again",
    query: listQuery({}),
    answer: pageOf(apiKeyOut),
    handle: async ({ query }) => {
      const page = await listPage(records, {
        table: "api_key",
        where: {},
        order: { field: "createdAt", fieldType: "number", id: "keyId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(apiKeyToWire), page.nextCursor, query.limit);
    },
  });
}

function postKey({ access }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    auditedByStation: true,
    path: "/keys",
    action: "keys.manage",
    tag: "Access",
    summary: "Create an API key; it is shown once",
    body: apiKeyIn,
    answer: apiKeyCreatedOut,
    status: 201,
    handle: async ({ body, principal, reply }) => {
      const { apiKey, key } = await access.keys.create(
        {
          name: body.name,
          role: body.role,
          deviceIds: body.device_ids,
          factoryId: body.factory_id,
          lineId: body.line_id,
          expiresAt: body.expires_at,
        },
        principal,
      );
      void reply.code(201);
      return { id: apiKey.keyId, key, role: apiKey.role, name: apiKey.name };
    },
  });
}

function deleteKey({ access, records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "DELETE",
    auditedByStation: true,
    path: "/keys/:key_id",
    action: "keys.manage",
    tag: "Access",
    summary: "Revoke an API key; it stops working within 5 s",
    answer: z.object({ id: z.string(), revoked: z.literal(true) }),
    failures: [404],
    handle: async (context) => {
      const keyId = param(context, "key_id");
      const key = await records.read((tx) => tx.find("api_key", { keyId }));
      if (key === null) throw notFound("key", keyId);
      if (key.keyId === context.principal.id)
        throw new IaiError("STATE_REFUSED", "Cannot revoke the key of this request: use another");
      await access.keys.revoke(keyId, context.principal);
      return { id: keyId, revoked: true };
    },
  });
}
