import { IaiError } from "../../kernel/errors.ts";

/** What a cursor is made of: the sort values of the last item given. */
export type CursorPart = string | number;

/** URL-safe and opaque: callers hand it back, nothing else. */
export function encodeCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The parts of a cursor whose types are those of `shape`; throws CURSOR_INVALID. */
export function decodeCursor(
  cursor: string,
  shape: readonly ("string" | "number")[],
): readonly CursorPart[] {
  const refuse = (cause?: unknown): IaiError =>
    new IaiError("CURSOR_INVALID", `Cannot list: the cursor "${cursor}" was not made here`, {
      cause,
    });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (cause) {
    throw refuse(cause);
  }
  if (!Array.isArray(parts) || parts.length !== shape.length) throw refuse();
  const found: CursorPart[] = [];
  for (const [index, type] of shape.entries()) {
    const part: unknown = parts[index];
    if (type === "string" && typeof part === "string") found.push(part);
    else if (type === "number" && typeof part === "number" && Number.isSafeInteger(part))
      found.push(part);
    else throw refuse();
  }
  return found;
}
