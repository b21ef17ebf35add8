import {
  type GetPromptResult,
  type McpServer,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { pixel } from "./content-tools.ts";

/** Resources, prompts and the small requests that the runner reads. */
export function addFixtureResources(server: McpServer): void {
  addResources(server);
  addPrompts(server);
  const { server: protocol } = server;
  protocol.setRequestHandler("resources/subscribe", async () => ({}));
  protocol.setRequestHandler("resources/unsubscribe", async () => ({}));
  protocol.setRequestHandler("logging/setLevel", async () => ({}));
  protocol.setRequestHandler("completion/complete", async () => ({
    completion: { values: [], total: 0, hasMore: false },
  }));
}

function addResources(server: McpServer): void {
  for (const name of ["static-text", "watched-resource"]) {
    const uri = `test://${name}`;
    server.registerResource(name, uri, { mimeType: "text/plain" }, async () => ({
      contents: [{ uri, mimeType: "text/plain", text: `This is the content of ${name}.` }],
    }));
  }
  const binary = { uri: "test://static-binary", mimeType: "image/png" };
  server.registerResource("static-binary", binary.uri, { mimeType: "image/png" }, async () => ({
    contents: [{ ...binary, blob: pixel }],
  }));
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { mimeType: "application/json" },
    async (uri, { id }) => {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` });
      return { contents: [{ uri: uri.href, mimeType: "application/json", text }] };
    },
  );
}

const user = (text: string) => ({ role: "user", content: { type: "text", text } }) as const;

function addPrompts(server: McpServer): void {
  const simple: GetPromptResult = { messages: [user("This is a simple prompt for testing.")] };
  server.registerPrompt("test_simple_prompt", { description: "Simple" }, async () => simple);
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "Two arguments", argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    async ({ arg1, arg2 }) => ({ messages: [user(`arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A resource", argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri, mimeType: "text/plain", text: "Embedded." },
          },
        },
        user("Please process the embedded resource above."),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "An image" }, async () => ({
    messages: [
      { role: "user", content: { type: "image", data: pixel, mimeType: "image/png" } },
      user("Please analyze the image above."),
    ],
  }));
}
