import { createInterface } from "node:readline";

/**
 * An MCP server over stdio with one tool whose schema some clients cannot read (a bare `true` for a property): what
 * the strict inspector has to find, or its silence about IAI's own tools would say nothing.
 */

interface Request {
  readonly id?: number | string;
  readonly method: string;
}

const results: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "unportable", version: "1" },
  },
  "tools/list": {
    tools: [{ name: "any", inputSchema: { type: "object", properties: { value: true } } }],
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line) as Request;
  if (id === undefined) continue;
  process.stdout.write(
    `${JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} })}\n`,
  );
}
