import { canonicalJson } from "../../../kernel/canonical-json.ts";
import { hashText } from "../../../kernel/hash.ts";

/** An id that says what it is about: equal content, equal id. */
export function stableId(content: readonly unknown[]): string {
  return `P-${hashText(canonicalJson(content))}`;
}
