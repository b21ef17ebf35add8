/** What both sides read of a JSON-RPC message. */
export interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
}

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

/** Headers that streamable HTTP wants beside a message; they repeat what the message says. */
export function messageHeaders(
  { method, params }: Message,
  agreedVersion: string | null,
): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const meta = params?.["_meta"] as Readonly<Record<string, unknown>> | undefined;
  const own = meta?.[VERSION_KEY];
  if (typeof own !== "string") {
    if (agreedVersion !== null) headers["mcp-protocol-version"] = agreedVersion;
    return headers;
  }
  headers["mcp-protocol-version"] = headerValue(own);
  if (method !== undefined) headers["mcp-method"] = headerValue(method);
  const name = params?.["name"] ?? params?.["uri"];
  if (typeof name === "string") headers["mcp-name"] = headerValue(name);
  return headers;
}

/** A header holds visible ASCII; other texts travel as the specification encodes them. */
function headerValue(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?")) return text;
  return `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

/** Messages of an answer as they come: one as JSON, or several as server-sent events. */
export async function* messagesOf(answer: Response): AsyncGenerator<Message> {
  const type = answer.headers.get("content-type") ?? "";
  if (answer.body === null || answer.status === 202) return;
  if (!type.startsWith("text/event-stream")) {
    const text = await answer.text();
    if (text !== "") yield JSON.parse(text) as Message;
    return;
  }
  let buffered = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    buffered += chunk;
    const events = buffered.split(/\r?\n\r?\n/);
    buffered = events.pop() ?? "";
    for (const event of events) {
      const data = dataOf(event);
      if (data !== "") yield JSON.parse(data) as Message;
    }
  }
}

function dataOf(event: string): string {
  return event
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
}
