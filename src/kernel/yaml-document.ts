import { type Document, parseDocument } from "yaml";
import { IaiError } from "./errors.ts";

const CHARACTERS_MAX = 1_048_576;

/**
 * The keys and values of a YAML text; `name` is what the person knows it by. Nothing but comments is no keys.
 * CONFIG_UNREADABLE for anything else than a map, for a key that stands twice, and for more than 1 MiB.
 */
export function parseYamlMap(name: string, text: string): Readonly<Record<string, unknown>> {
  if (text.length > CHARACTERS_MAX) throw unreadable(name, "it is longer than 1 MiB");
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  const [error] = document.errors;
  if (error !== undefined) throw unreadable(name, error.message.split("\n")[0] ?? "", error);
  const values = expand(name, document);
  if (values === null) return {};
  if (typeof values !== "object" || Array.isArray(values)) {
    throw unreadable(name, "it must hold keys and values");
  }
  return values as Record<string, unknown>;
}

export function unreadable(name: string, reason: string, cause?: unknown): IaiError {
  const message = `Cannot read the configuration "${name}": ${reason}`;
  return new IaiError("CONFIG_UNREADABLE", message, { cause });
}

/** Aliases are expanded; the bound keeps a small text from becoming a large document. */
function expand(name: string, document: Pick<Document, "toJS">): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw unreadable(name, "its aliases cannot be expanded", cause);
  }
}
