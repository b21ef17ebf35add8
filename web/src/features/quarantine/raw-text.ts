const shownAtMost = 4_000;

/** Raw bytes as a text that can be looked at: what is no UTF-8 shows as such, nothing is run or rendered. */
export function textOfRaw(base64: string): string {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return base64.slice(0, shownAtMost);
  }
  const text = new TextDecoder("utf-8").decode(bytes);
  return text.length > shownAtMost ? `${text.slice(0, shownAtMost)}…` : text;
}
