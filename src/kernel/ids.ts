import { randomBytes } from "node:crypto";

/** The only source of ids that are not derived from data. */
export interface IdSource {
  /** 26 characters, grows with time, unique without coordination. */
  next(): string;
  /** `bytes` random bytes, base64url: for secrets. */
  secret(bytes: number): string;
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Time-ordered ids: 10 characters of time, 16 of randomness (the ULID layout). */
export function createIdSource(now: () => number): IdSource {
  return {
    next: () => {
      let time = now();
      let text = "";
      for (let i = 0; i < 10; i += 1) {
        text = alphabet.charAt(time % 32) + text;
        time = Math.floor(time / 32);
      }
      for (const byte of randomBytes(16)) text += alphabet.charAt(byte % 32);
      return text;
    },
    secret: (bytes) => randomBytes(bytes).toString("base64url"),
  };
}

/** Ids 1, 2, 3 … for tests that compare whole rows. */
export function createCountingIds(prefix = "id"): IdSource {
  let count = 0;
  return { next: () => `${prefix}-${++count}`, secret: () => `secret-${++count}` };
}
