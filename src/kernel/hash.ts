/**
 * A deterministic 128-bit text hash in plain arithmetic (four rounds of MurmurHash3's 32-bit form with
 * different seeds), because steps may not use crypto: the same text gives the same id in every engine.
 * It names things; it protects nothing.
 */
export function hashText(text: string): string {
  return [0x9747b28c, 0x3c6ef372, 0xa54ff53a, 0x510e527f]
    .map((seed) => hash32(text, seed).toString(16).padStart(8, "0"))
    .join("");
}

/** MurmurHash3 x86 32-bit over the UTF-16 code units of a text; source: A. Appleby, public domain. */
export function hash32(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i += 1) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
