/**
 * One text per value: keys sorted by code unit, no spaces, what JSON drops is dropped. The same value gives the
 * same text after a round trip through any JSON column, so that it can be hashed.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(value) ?? "null")));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // Not `Object.fromEntries` on a plain object: `__proto__` must stay a key like any other.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries) copy[key] = sorted(item);
  return copy;
}
