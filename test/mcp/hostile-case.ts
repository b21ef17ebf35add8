import type { McpPlant } from "./mcp-plant.ts";
import { modernRequest, type RawRequest } from "./raw-request.ts";

/** What a refusal looks like from outside; what is not named here is not looked at. */
export interface Refusal {
  readonly status: number | readonly number[];
  /** Code of the JSON-RPC error. */
  readonly rpc?: number;
  /** Words of the challenge. */
  readonly challenge?: readonly string[];
  /** The tool itself refuses. */
  readonly tool?: true;
}

export interface HostileCase {
  readonly name: string;
  readonly send: (plant: McpPlant) => RawRequest | Promise<RawRequest>;
  readonly refused: Refusal;
}

export const order = { device_id: "PUMP_01", priority: "P0", description: "stop the line" };
export const writing = (plant: McpPlant, key: string = plant.keys.operator) =>
  modernRequest(key, "tools/call", { name: "create_work_order", arguments: order });
export const withHeaders =
  (headers: Readonly<Record<string, string>>) =>
  (plant: McpPlant): RawRequest => {
    const request = writing(plant);
    return { ...request, headers: { ...request.headers, ...headers } };
  };
export const withBody =
  (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  (plant: McpPlant): RawRequest => ({ body, headers: { ...writing(plant).headers, ...headers } });
export const without =
  (...names: readonly string[]) =>
  (plant: McpPlant): RawRequest => {
    const request = writing(plant);
    const headers = Object.entries(request.headers).filter(([name]) => !names.includes(name));
    return { ...request, headers: Object.fromEntries(headers) };
  };
export const calling =
  (name: string, args: unknown) =>
  (plant: McpPlant): RawRequest =>
    modernRequest(plant.keys.operator, "tools/call", { name, arguments: args });
