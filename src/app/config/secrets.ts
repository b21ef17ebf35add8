/** What stands in place of a secret wherever a configuration is printed. */
const hidden = "[secret]";

/** Names of values that are secret; `…File` says where one lies and is none itself. */
const secretName = /(password|passwd|secret|token|api_?key|credential)s?$/i;

/** A configuration as it may be shown: secrets replaced, and addresses without what may be a token in them. */
export function withoutSecrets(value: unknown, name = ""): unknown {
  if (typeof value === "string") return shownText(value, name);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, name));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, key)]);
  return Object.fromEntries(entries);
}

/** Every secret that stands in a configuration, addresses with a token in them included. */
export function secretsIn(value: unknown, name = ""): readonly string[] {
  if (typeof value === "string") return shownText(value, name) === value ? [] : [value];
  return partsOf(value, name).flatMap(([key, item]) => secretsIn(item, key));
}

/** The files that a configuration has its secrets in. */
export function secretFilesIn(value: unknown, name = ""): readonly string[] {
  if (typeof value === "string")
    return name.endsWith("File") && secretName.test(name.slice(0, -"File".length)) ? [value] : [];
  return partsOf(value, name).flatMap(([key, item]) => secretFilesIn(item, key));
}

function partsOf(value: unknown, name: string): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item) => [name, item] as const);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function shownText(text: string, name: string): string {
  if (secretName.test(name) && text !== "") return hidden;
  return /url$/i.test(name) ? shownAddress(text) : text;
}

/** Receivers put their tokens into path and query; only host and port may be shown. */
function shownAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null) return /[@?]/.test(text) ? hidden : text;
  const bare = url.pathname === "/" && url.search === "" && url.hash === "";
  const user = url.username === "" && url.password === "" ? "" : `${hidden}@`;
  return bare && user === "" ? text : `${url.protocol}//${user}${url.host}/${bare ? "" : hidden}`;
}
