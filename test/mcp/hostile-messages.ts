import { gzipSync } from "node:zlib";
import {
  calling,
  type HostileCase,
  order,
  withBody,
  withHeaders,
  without,
} from "./hostile-case.ts";
import { modernRequest } from "./raw-request.ts";

export const brokenBodies: readonly HostileCase[] = [
  {
    name: "a body of two megabytes",
    send: withBody("x".repeat(2 * 1024 * 1024)),
    refused: { status: 413 },
  },
  {
    name: "a small body that unzips to a large one",
    send: withBody(gzipSync(Buffer.alloc(16 * 1024 * 1024)), { "content-encoding": "gzip" }),
    refused: { status: 413 },
  },
  {
    name: "half a message",
    send: withBody('{"jsonrpc":"2.0","id":1,"method":"tools/call"'),
    refused: { status: 400, rpc: -32_700 },
  },
  {
    name: "no message",
    send: withBody(""),
    refused: { status: [400, 415] },
  },
  {
    name: "bytes that are no text",
    send: withBody(Buffer.from([0x22, 0xff, 0xfe, 0x22])),
    refused: { status: 400, rpc: -32_700 },
  },
  {
    name: "a hundred thousand brackets",
    send: withBody("[".repeat(100_000)),
    refused: { status: 400 },
  },
  {
    name: "a key that names the prototype",
    send: withBody('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"__proto__":{"a":1}}}'),
    refused: { status: 400 },
  },
  {
    name: "a form of a web page",
    send: withHeaders({ "content-type": "text/plain" }),
    refused: { status: 415 },
  },
];

export const brokenProtocol: readonly HostileCase[] = [
  {
    name: "a header that names another method",
    send: withHeaders({ "mcp-method": "tools/list" }),
    refused: { status: 400, rpc: -32_020 },
  },
  {
    name: "a header that names a harmless tool",
    send: withHeaders({ "mcp-name": "query_device_status" }),
    refused: { status: 400, rpc: -32_020 },
  },
  {
    name: "a header that names another version",
    send: withHeaders({ "mcp-protocol-version": "2025-11-25" }),
    refused: { status: 400, rpc: -32_020 },
  },
  {
    name: "a message without the headers",
    send: without("mcp-method", "mcp-name"),
    refused: { status: 400, rpc: -32_020 },
  },
  {
    name: "an unknown method",
    send: (plant) => modernRequest(plant.keys.operator, "records/drop", {}),
    refused: { status: 404, rpc: -32_601 },
  },
  {
    name: "an unknown tool",
    send: calling("delete_device", { device_id: "PUMP_01" }),
    refused: { status: [200, 400], rpc: -32_602 },
  },
  {
    name: "an operator in place of an id",
    send: calling("create_work_order", { ...order, device_id: { $ne: null } }),
    refused: { status: 200, tool: true },
  },
  {
    name: "SQL in an id",
    send: calling("create_work_order", {
      ...order,
      device_id: "PUMP_01'; DROP TABLE work_order;--",
    }),
    refused: { status: 200, tool: true },
  },
  {
    name: "an argument that the tool does not know",
    send: calling("create_work_order", { ...order, status: "OPEN", approved_by: "admin" }),
    refused: { status: 200, tool: true },
  },
  {
    name: "a status that does not exist",
    send: calling("update_device_status", { device_id: "PUMP_01", status: "EXPLODED" }),
    refused: { status: 200, tool: true },
  },
  {
    name: "a window beyond the bound",
    send: calling("fetch_telemetry_data", { device_id: "PUMP_01", window_mins: 10_000_000 }),
    refused: { status: 200, tool: true },
  },
  {
    name: "a path that climbs",
    send: (plant) =>
      modernRequest(plant.keys.operator, "resources/read", { uri: "iai://devices/..%2F..%2Fkeys" }),
    refused: { status: [200, 400], rpc: -32_602 },
  },
  {
    name: "a method of HTTP that the endpoint does not have",
    send: (plant) => ({
      method: "DELETE",
      headers: { authorization: `Bearer ${plant.keys.operator}`, "mcp-session-id": "1" },
    }),
    refused: { status: 405 },
  },
];
