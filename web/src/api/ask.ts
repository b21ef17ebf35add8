import { ApiError, request } from "./client.ts";
import { createEventParser } from "./sse.ts";
import type { AgentStep, Answer, QuestionInput } from "./types.ts";

/** Asks and tells each step as it happens; rejects with an `ApiError`, or an `AbortError` when `signal` aborts. */
export async function ask(
  question: QuestionInput,
  options: { readonly onStep: (step: AgentStep) => void; readonly signal: AbortSignal },
): Promise<Answer> {
  const { onStep, signal } = options;
  const response = await request("POST", "/ask", question, { accept: "text/event-stream", signal });
  if (response.body === null) throw new ApiError(0, {});
  const parser = createEventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new ApiError(0, {});
    for (const { type, data } of parser.feed(value)) {
      const content: unknown = JSON.parse(data);
      if (type === "step") onStep(content as AgentStep);
      if (type === "answer") return content as Answer;
      if (type === "problem") throw problemError(content as Readonly<Record<string, unknown>>);
    }
  }
}

function problemError(problem: Readonly<Record<string, unknown>>): ApiError {
  const { status } = problem;
  return new ApiError(typeof status === "number" ? status : 500, problem);
}
