import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { IdSource } from "../../kernel/ids.ts";
import type { Role } from "../../model/access.ts";

/**
 * `iai_<role letter>_<random>_<crc>`: the prefix lets leak scanners find a key, the checksum lets us refuse a
 * mistyped one without asking the records. Only the random part is secret.
 */
const shape = /^(iai_[voeai]_[A-Za-z0-9]{8,64})_([0-9a-f]{8})$/;

const letters: Readonly<Record<Role, string>> = {
  viewer: "v",
  operator: "o",
  engineer: "e",
  admin: "a",
  ingest: "i",
};

/** A new key of at least 180 random bits. */
export function mintKey(role: Role, ids: IdSource): string {
  // base64url's two signs become letters: a double click selects the whole key, `_` separates its parts.
  const random = ids.secret(24).replaceAll("-", "x").replaceAll("_", "y");
  const body = `iai_${letters[role]}_${random}`;
  return `${body}_${checksum(body)}`;
}

/** True for a text that is a key of ours by its looks; whether it is valid, the records know. */
export function looksLikeKey(text: string): boolean {
  const found = shape.exec(text);
  return found !== null && checksum(found[1] ?? "") === found[2];
}

/** What is kept of a key. It is random, so a fast hash suffices. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** What a list shows of a key, to recognise it. */
export function visiblePrefix(key: string): string {
  return key.slice(0, 10);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
}
