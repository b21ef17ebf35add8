import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { call } from "../fixtures/iai-process.ts";
import { type HostileCase, withHeaders, without, writing } from "./hostile-case.ts";
import type { McpPlant } from "./mcp-plant.ts";
import { modernRequest, rawRequest } from "./raw-request.ts";

/** Good by its looks, of no installation. */
function inventedKey(): string {
  const body = `iai_a_${"x".repeat(32)}`;
  return `iai_a_${"x".repeat(32)}_${crc32(body).toString(16).padStart(8, "0")}`;
}

const unsigned = [
  { alg: "none", typ: "at+jwt" },
  { sub: "admin", aud: "iai-api", exp: 9e9 },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

export const fromElsewhere: readonly HostileCase[] = [
  {
    name: "a page of another site",
    send: withHeaders({ origin: "https://evil.example" }),
    refused: { status: 403 },
  },
  {
    name: "a page of no site",
    send: withHeaders({ origin: "null" }),
    refused: { status: 403 },
  },
  {
    name: "a page of another port of this machine",
    send: withHeaders({ origin: "http://127.0.0.1:1" }),
    refused: { status: 403 },
  },
  {
    name: "a page of another site that only reads",
    send: (plant) => ({
      method: "GET",
      headers: { authorization: `Bearer ${plant.keys.viewer}`, origin: "https://evil.example" },
    }),
    refused: { status: 403 },
  },
  {
    name: "a name that was pointed at this machine",
    send: withHeaders({ host: "evil.example" }),
    refused: { status: 403 },
  },
  {
    name: "a host that hides its name",
    send: withHeaders({ host: "127.0.0.1@evil.example" }),
    refused: { status: 403 },
  },
];

export const asNobody: readonly HostileCase[] = [
  {
    name: "nobody",
    send: without("authorization"),
    refused: { status: 401, challenge: ["resource_metadata=", 'scope="iai:read"'] },
  },
  {
    name: "a mistyped key",
    send: withHeaders({ authorization: "Bearer iai_o_abcdefgh_00000000" }),
    refused: { status: 401, challenge: ['error="invalid_token"'] },
  },
  {
    name: "a key of another installation",
    send: withHeaders({ authorization: `Bearer ${inventedKey()}` }),
    refused: { status: 401, challenge: ['error="invalid_token"'] },
  },
  {
    name: "a token without a signature",
    send: withHeaders({ authorization: `Bearer ${unsigned}.` }),
    refused: { status: 401 },
  },
  {
    name: "a session token, which is for another audience",
    send: async (plant) =>
      withHeaders({ authorization: `Bearer ${await sessionOf(plant)}` })(plant),
    refused: { status: 401, challenge: ['error="invalid_token"'] },
  },
  {
    name: "a browser's cookie",
    send: async (plant) => {
      const { headers = {}, ...request } = without("authorization")(plant);
      const cookie = `iai_session=${await sessionOf(plant)}`;
      return { ...request, headers: { ...headers, cookie, origin: plant.iai.apiUrl } };
    },
    refused: { status: 401 },
  },
  {
    name: "a key that was revoked a moment ago",
    send: async (plant) => {
      const { id, key } = await plant.key("operator");
      const used = await rawRequest(plant.endpoint, modernRequest(key, "tools/list", {}));
      assert.equal(used.status, 200);
      const url = `${plant.iai.apiUrl}/api/v1/keys/${id}`;
      await call(url, plant.keys.admin, { method: "DELETE" });
      return writing(plant, key);
    },
    refused: { status: 401 },
  },
];

export const beyondTheRole: readonly HostileCase[] = [
  {
    name: "a key that may only send readings",
    send: (plant) => modernRequest(plant.keys.ingest, "tools/list", {}),
    refused: { status: 403, challenge: ['error="insufficient_scope"', 'scope="iai:read"'] },
  },
  {
    name: "a viewer who proposes an order",
    send: (plant) => writing(plant, plant.keys.viewer),
    refused: { status: 403, challenge: ['error="insufficient_scope"', 'scope="iai:workorder"'] },
  },
  {
    name: "a viewer who proposes a status",
    send: (plant) =>
      modernRequest(plant.keys.viewer, "tools/call", {
        name: "update_device_status",
        arguments: { device_id: "PUMP_01", status: "RETIRED" },
      }),
    refused: { status: 403, challenge: ['scope="iai:device"'] },
  },
  {
    name: "a viewer who hides the call in a batch",
    send: (plant) => {
      const { headers, body } = writing(plant, plant.keys.viewer);
      return { headers, body: `[${body}]` };
    },
    refused: { status: 403 },
  },
  {
    name: "a key of another line that writes",
    send: async (plant) => writing(plant, (await plant.key("operator", { line_id: "L2" })).key),
    refused: { status: 200, tool: true },
  },
  {
    name: "a key of another device that reads",
    send: async (plant) => {
      const { key } = await plant.key("viewer", { device_ids: ["PUMP_02"] });
      const args = { device_id: "PUMP_01" };
      return modernRequest(key, "tools/call", { name: "query_device_status", arguments: args });
    },
    refused: { status: 200, tool: true },
  },
  {
    name: "a key of another device that reads a resource",
    send: async (plant) => {
      const { key } = await plant.key("viewer", { device_ids: ["PUMP_02"] });
      return modernRequest(key, "resources/read", { uri: "iai://devices/PUMP_01" });
    },
    refused: { status: [200, 400], rpc: -32_602 },
  },
];

let session: string | null = null;

/** The session cookie's token of the first administrator. */
async function sessionOf({ iai }: McpPlant): Promise<string> {
  if (session !== null) return session;
  const token = iai.setupLink?.split("#")[1];
  const answer = await fetch(`${iai.apiUrl}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, name: "anna", password: "correct horse battery" }),
  });
  const cookie = answer.headers.getSetCookie()[0] ?? "";
  session = /^[^=]+=([^;]+)/.exec(cookie)?.[1] ?? "";
  assert.notEqual(session, "");
  return session;
}
