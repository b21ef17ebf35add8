/** Longest text of one field; what is longer is cut with a mark. */
const TEXT_MAX = 4_000;
/** Control, zero-width, direction and tag characters: what a person cannot see, a model must not read. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu;
const kept = new Set(["\n", "\t"]);

/**
 * Names, comments and knowledge of the plant as plain data: the same structure, each text normalised, without
 * invisible characters, and bounded. What a text says is left as it is: it stays inside its field.
 */
export function plainData(value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (Array.isArray(value)) return value.map(plainData);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [plainText(name), plainData(item)]),
  );
}

function plainText(text: string): string {
  const clean = text
    .slice(0, 4 * TEXT_MAX)
    .normalize("NFC")
    .replace(invisible, (sign) => (kept.has(sign) ? sign : ""));
  return clean.length <= TEXT_MAX ? clean : `${clean.slice(0, TEXT_MAX)}… [cut]`;
}
