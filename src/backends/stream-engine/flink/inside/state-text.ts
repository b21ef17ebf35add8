/*
 * A step's state as one text, exact to the bit: JSON for its structure, and after it the bytes of its typed
 * arrays, one character each, so that thousands of numbers are copied and not printed.
 *   `<length of the JSON>:<JSON><bytes>`
 * In the JSON an object with the key `$` stands for what JSON has not: typed arrays, maps, −0 and what is not finite.
 */

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  u32: Uint32Array,
  i32: Int32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

type ArrayName = keyof typeof arrays;
type TypedArray = InstanceType<(typeof arrays)[ArrayName]>;

/** Plain data: objects, lists, maps, typed arrays, texts, numbers, booleans, null. Throws on anything else. */
export function encodeState(state: unknown): string {
  let bytes = "";
  const json = JSON.stringify(state, (_key, value: unknown) => {
    if (typeof value === "number")
      return isPlain(value) ? value : { $: "number", of: nameOf(value) };
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Map) return { $: "map", of: [...value] };
    if (!ArrayBuffer.isView(value)) return value;
    const array = value as TypedArray;
    const at = bytes.length;
    bytes += textOfBytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return { $: arrayNameOf(array), at, length: array.length };
  });
  return `${json.length}:${json}${bytes}`;
}

export function decodeState(text: string): unknown {
  const colon = text.indexOf(":");
  const bytesAt = colon + 1 + Number(text.slice(0, colon));
  return revive(JSON.parse(text.slice(colon + 1, bytesAt)), text, bytesAt);
}

function isPlain(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function nameOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function arrayNameOf(array: TypedArray): ArrayName {
  for (const [name, kind] of Object.entries(arrays)) {
    if (array instanceof kind) return name as ArrayName;
  }
  throw new Error(`Cannot write a state: it holds a ${array.constructor.name}`);
}

function revive(value: unknown, text: string, bytesAt: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = revive(value[i], text, bytesAt);
    return value;
  }
  const parts = value as Record<string, unknown>;
  const kind = parts["$"];
  if (kind === undefined) {
    for (const key of Object.keys(parts)) parts[key] = revive(parts[key], text, bytesAt);
    return parts;
  }
  if (kind === "number") return Number(parts["of"]);
  if (kind === "map") return new Map(revive(parts["of"], text, bytesAt) as [unknown, unknown][]);
  const length = Number(parts["length"]);
  return arrayOf(kind as ArrayName, { text, at: bytesAt + Number(parts["at"]), length });
}

function arrayOf(
  name: ArrayName,
  { text, at, length }: { readonly text: string; readonly at: number; readonly length: number },
): TypedArray {
  const array = new arrays[name](length);
  const bytes = new Uint8Array(array.buffer);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(at + i);
  return array;
}

/** As many arguments as a call takes in any engine. */
const CHUNK = 4_096;

function textOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}
