import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  type McpServer,
  type ServerContext,
  type ServerEventBus,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** One red pixel as PNG, and an empty WAV: what the runner asks an image and a sound tool for. */
export const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

const nothing = { inputSchema: z.object({}) };

export function said(text: string): CallToolResult {
  return { content: [{ type: "text", text }] };
}

/** Tools of the runner that answer each kind of content, an error, progress and logs. */
export function addContentTools(server: McpServer, bus: ServerEventBus): void {
  addStaticTools(server);
  addTalkingTools(server);
  addChangeTools(server, bus);
}

function addStaticTools(server: McpServer): void {
  const image = { type: "image", data: pixel, mimeType: "image/png" } as const;
  const resource = (uri: string, mimeType: string, text: string) =>
    ({ type: "resource", resource: { uri, mimeType, text } }) as const;
  const answers: Readonly<Record<string, CallToolResult>> = {
    test_simple_text: said("This is a simple text response for testing."),
    test_image_content: { content: [image] },
    test_audio_content: { content: [{ type: "audio", data: silence, mimeType: "audio/wav" }] },
    test_embedded_resource: {
      content: [
        resource("test://embedded-resource", "text/plain", "This is an embedded resource content."),
      ],
    },
    test_multiple_content_types: {
      content: [
        { type: "text", text: "Multiple content types test:" },
        image,
        resource(
          "test://mixed-content-resource",
          "application/json",
          '{"test":"data","value":123}',
        ),
      ],
    },
    test_logging_tool: said("no log was asked for"),
    test_streaming_elicitation: said("nothing is asked on the stream"),
  };
  for (const [name, answer] of Object.entries(answers))
    server.registerTool(name, { description: `Answers ${name}` }, async () => answer);
  server.registerTool("test_error_handling", { description: "Fails" }, async () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
}

function addTalkingTools(server: McpServer): void {
  server.registerTool(
    "test_tool_with_logging",
    { description: "Logs three lines", ...nothing },
    async (_args, context) => {
      for (const data of [
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
      ])
        await context.mcpReq.notify({
          method: "notifications/message",
          params: { level: "info", data },
        });
      return said("logged");
    },
  );
  server.registerTool(
    "test_tool_with_progress",
    { description: "Reports progress", ...nothing },
    async (_args, context) => {
      const progressToken = context.mcpReq._meta?.progressToken ?? 0;
      for (const progress of [0, 50, 100])
        await context.mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, total: 100, message: `step ${progress} of 100` },
        });
      return said(String(progressToken));
    },
  );
  server.registerTool(
    "test_missing_capability",
    { description: "Needs sampling", ...nothing },
    // The library refuses a question that the client cannot answer.
    async () =>
      inputRequired({
        inputRequests: { sampled: inputRequired.createMessage({ messages: [], maxTokens: 1 }) },
      }),
  );
}

/** What the client of this request says it can answer. */
export function capabilitiesOf({ mcpReq }: ServerContext): ClientCapabilities {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  return (envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as ClientCapabilities;
}

function addChangeTools(server: McpServer, bus: ServerEventBus): void {
  const changes = {
    test_trigger_tool_change: "tools_list_changed",
    test_trigger_prompt_change: "prompts_list_changed",
  } as const;
  for (const [name, kind] of Object.entries(changes))
    server.registerTool(name, { description: "Tells of a change" }, async () => {
      bus.publish({ kind });
      return said("told");
    });
}
