import { IaiError } from "../../../kernel/errors.ts";

/** What Flink says of a request in its `errors` list: the first line tells, the rest is a stack. */
export function flinkRefusal(action: string, status: number, body: string): IaiError {
  const message = `Cannot ${action}: Flink answers ${status}: ${reasonOf(body)}`;
  return new IaiError("STREAM_REFUSED", message);
}

export function flinkUnreachable(action: string, cause: unknown): IaiError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Cannot ${action}: Flink does not answer (${reason}); whether it was done is not known`;
  return new IaiError("STREAM_UNREACHABLE", message, { cause });
}

function reasonOf(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { readonly errors?: readonly string[] };
    const lines = (errors ?? [body]).join("\n").split("\n");
    // The root cause stands last.
    return (lines.findLast((line) => line.startsWith("Caused by:")) ?? lines[0] ?? "").slice(
      0,
      500,
    );
  } catch {
    return body.slice(0, 500);
  }
}
