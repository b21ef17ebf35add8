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
