import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import { said } from "./content-tools.ts";

/** Tools of the 2025 revisions that ask the client while the call lasts. */
export function addAskingTools(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, context) => {
      const answer = await context.mcpReq.send({
        method: "sampling/createMessage",
        params: {
          messages: [{ role: "user", content: { type: "text", text: prompt } }],
          maxTokens: 100,
        },
      });
      return said(`LLM response: ${JSON.stringify(answer.content)}`);
    },
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) =>
      ask(context, message, { response: { type: "string", description: "User's response" } }, [
        "response",
      ]),
  );
  server.registerTool(
    "test_elicitation_sep1034_defaults",
    { description: "Asks with defaults", inputSchema: z.object({}) },
    (_args, context) => ask(context, "Please review the defaults", defaults, []),
  );
  server.registerTool(
    "test_elicitation_sep1330_enums",
    { description: "Asks with enumerations", inputSchema: z.object({}) },
    (_args, context) => ask(context, "Please select", enumerations, []),
  );
}

async function ask(
  context: ServerContext,
  message: string,
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[],
): Promise<CallToolResult> {
  const { action, content } = await context.mcpReq.send({
    method: "elicitation/create",
    params: { message, requestedSchema: { type: "object", properties, required } },
  });
  return said(`action=${action}, content=${JSON.stringify(content ?? {})}`);
}

const defaults = {
  name: { type: "string", default: "John Doe" },
  age: { type: "integer", default: 30 },
  score: { type: "number", default: 95.5 },
  status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", default: true },
};

const plain = ["option1", "option2", "option3"];
const titled = [
  { const: "value1", title: "First" },
  { const: "value2", title: "Second" },
  { const: "value3", title: "Third" },
];

const enumerations = {
  untitledSingle: { type: "string", enum: plain },
  titledSingle: { type: "string", oneOf: titled },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: {
    type: "array",
    minItems: 1,
    maxItems: 3,
    items: { type: "string", enum: plain },
  },
  titledMulti: { type: "array", minItems: 1, maxItems: 3, items: { anyOf: titled } },
};
