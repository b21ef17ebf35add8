import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { IaiError } from "../../kernel/errors.ts";

/** Secrets by name, e.g. `password`. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * Keeps secrets so that whoever reads the records, or a copy of them, cannot: AES-256-GCM under a key of this
 * installation. A seal is bound to the source it was made for, and opens for no other.
 */
export interface SecretSeal {
  seal(source: string, secrets: Secrets): string;
  /** CONFIG_INVALID when it was made by another installation or for another source. */
  open(source: string, sealed: string): Secrets;
}

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSecretSeal(key: Uint8Array): SecretSeal {
  return {
    seal: (source, secrets) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(Buffer.from(source));
      const text = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()]);
      const whole = Buffer.concat([nonce, cipher.getAuthTag(), text]);
      return `${VERSION}.${whole.toString("base64url")}`;
    },
    open: (source, sealed) => {
      try {
        const [version, text = ""] = sealed.split(".", 2);
        if (version !== VERSION) throw new Error(`its version is "${version}"`);
        const whole = Buffer.from(text, "base64url");
        const decipher = createDecipheriv("aes-256-gcm", key, whole.subarray(0, NONCE_BYTES));
        decipher.setAAD(Buffer.from(source));
        decipher.setAuthTag(whole.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const plain = decipher.update(whole.subarray(NONCE_BYTES + TAG_BYTES));
        return JSON.parse(Buffer.concat([plain, decipher.final()]).toString("utf8")) as Secrets;
      } catch (cause) {
        const message = `Cannot open the secrets of the source "${source}": they were sealed by another installation; give them again, or let all roles use one access.secretFile`;
        throw new IaiError("CONFIG_INVALID", message, { cause });
      }
    },
  };
}
