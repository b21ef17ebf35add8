import { randomUUID } from "node:crypto";
import {
  InMemoryServerEventBus,
  isInitializeRequest,
  isLegacyRequest,
  McpServer,
  type ServerEventBus,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { authInfoOf, createHost, type McpHost } from "../../../src/present/mcp/mcp-host.ts";
import { addAskingTools } from "./asking-tools.ts";
import { addContentTools } from "./content-tools.ts";
import { addFixtureResources } from "./fixture-resources.ts";
import { addInputPrompt, addInputTools, stateCodec } from "./input-tools.ts";

/**
 * The tools, resources and prompts that the conformance runner asks for, behind IAI's own host. The runner's 2025
 * scenarios ask the client during a call, which needs a session; IAI's own tools ask nothing and serve 2025 without.
 */
export function openFixtureHost(): McpHost {
  const bus = new InMemoryServerEventBus();
  const modern = createHost(() => fixtureServer(bus), { onFailure: () => undefined, bus });
  const sessions = openSessions(bus);
  return {
    answer: async (request, given) =>
      (await isLegacyRequest(request, given.body))
        ? sessions.answer(request, given)
        : modern.answer(request, given),
    close: async () => {
      await modern.close();
      await sessions.close();
    },
  };
}

function fixtureServer(bus: ServerEventBus): McpServer {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: { listChanged: true },
    logging: {},
    completions: {},
  };
  const server = new McpServer(
    { name: "iai-conformance-fixture", version: "1.0.0" },
    { capabilities, requestState: { verify: stateCodec.verify } },
  );
  addContentTools(server, bus);
  addAskingTools(server);
  addInputTools(server);
  addFixtureResources(server);
  addInputPrompt(server);
  return server;
}

function openSessions(bus: ServerEventBus): McpHost {
  const open = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const begin = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void open.set(id, transport),
      onsessionclosed: (id) => void open.delete(id),
    });
    await fixtureServer(bus).connect(transport);
    return transport;
  };
  return {
    answer: async (request, { principal, origin, body }) => {
      const id = request.headers.get("mcp-session-id");
      const known = id === null ? undefined : open.get(id);
      if (known === undefined && !isInitializeRequest(body))
        return Response.json(
          { jsonrpc: "2.0", id: null, error: { code: -32_000, message: "no such session" } },
          { status: id === null ? 400 : 404 },
        );
      const transport = known ?? (await begin());
      const authInfo = authInfoOf(principal, origin);
      return transport.handleRequest(request, { authInfo, parsedBody: body });
    },
    close: async () => {
      for (const transport of open.values()) await transport.close();
    },
  };
}
