/**
 * The partition of a key, the same one that Kafka's own clients choose: MurmurHash2 over its UTF-8 bytes, so that
 * whatever else writes to a topic keeps the order of a device with us. Source: A. Appleby, public domain.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/** As a signed number, as Java has it. */
export function murmur2(data: Uint8Array): number {
  const whole = data.length & ~3;
  const byte = (at: number): number => data[at] ?? 0;
  let h = SEED ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    let k = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    k = Math.imul(k, MULTIPLIER);
    k = Math.imul(k ^ (k >>> 24), MULTIPLIER);
    h = Math.imul(h, MULTIPLIER) ^ k;
  }
  const rest = data.length - whole;
  if (rest > 0) {
    const tail = byte(whole) | (byte(whole + 1) << 8) | (byte(whole + 2) << 16);
    h = Math.imul(h ^ tail, MULTIPLIER);
  }
  h = Math.imul(h ^ (h >>> 13), MULTIPLIER);
  return h ^ (h >>> 15);
}
