import type { ChatRequest, Turn } from "./chat-dialect.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A good answer without any sense: the first tool once, then the smallest JSON that fits the schema in the prompt. */
export function sampleAnswer(request: ChatRequest): Turn {
  const tool = request.tools?.[0]?.function;
  const asked = request.messages.some(({ role }) => role === "tool");
  if (tool !== undefined && !asked) {
    const call = { name: tool.name, arguments: JSON.stringify(sampleOf(tool.parameters)) };
    return { content: "", calls: [call] };
  }
  return { content: JSON.stringify(sampleOf(schemaIn(request))) };
}

/** The schema of the answer as IAI writes it at the end of the system message. */
export function schemaIn(request: ChatRequest): Schema {
  const system = request.messages.find(({ role }) => role === "system")?.content ?? "";
  const text = system.slice(system.lastIndexOf("JSON Schema:\n") + "JSON Schema:\n".length);
  return JSON.parse(text) as Schema;
}

/** The smallest value that fits a plain JSON Schema. */
export function sampleOf(schema: Schema): unknown {
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  switch (type) {
    case "object":
      return sampleObject(schema);
    case "array": {
      const least = Number(schema["minItems"] ?? 0);
      return Array.from({ length: least }, () => sampleOf((schema["items"] ?? {}) as Schema));
    }
    case "integer":
    case "number":
      return Number(schema["minimum"] ?? 1);
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return "sample";
  }
}

function sampleObject(schema: Schema): unknown {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema["required"] ?? Object.keys(properties)) as readonly string[];
  return Object.fromEntries(required.map((key) => [key, sampleOf(properties[key] ?? {})]));
}
