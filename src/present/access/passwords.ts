import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { IaiError } from "../../kernel/errors.ts";
import { createTurns } from "../../kernel/turns.ts";
import { commonStems } from "./common-passwords.ts";

/** Work of one scrypt hash: memory 128·n·r bytes, time ∝ n·r·p. */
export interface PasswordCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** OWASP's scrypt setting for 32 MiB: some 0.7 s on a small machine. */
export const defaultPasswordCost: PasswordCost = { n: 2 ** 15, r: 8, p: 3 };

/** Hashes passwords with scrypt, two at a time: a flood of sign-ins takes neither the memory nor the threads. */
export interface Passwords {
  /** Checks the password's strength first: PASSWORD_WEAK. */
  hash(password: string, userName: string): Promise<string>;
  /** Null costs as much as a real hash: who does not exist answers as slowly as who does. */
  matches(password: string, hash: string | null): Promise<boolean>;
}

const LENGTH_MIN = 12;
const LENGTH_MAX = 1_024;
const KEY_BYTES = 32;
const MEMORY_MAX = 256 * 1024 * 1024;

export function createPasswords(cost: PasswordCost = defaultPasswordCost): Passwords {
  const turns = createTurns({ places: 2, waitingMax: 20, action: "check the password" });
  const derive = (password: string, salt: Buffer, { n, r, p }: PasswordCost): Promise<Buffer> =>
    turns.use(
      () =>
        new Promise((resolve, reject) => {
          const options = { N: n, r, p, maxmem: MEMORY_MAX };
          scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (failure, key) =>
            failure === null ? resolve(key) : reject(failure),
          );
        }),
    );
  return {
    hash: async (password, userName) => {
      requireStrong(password, userName);
      const salt = randomBytes(16);
      const key = await derive(password, salt, cost);
      const { n, r, p } = cost;
      return ["scrypt", n, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
    },
    matches: async (password, hash) => {
      if (password.length > LENGTH_MAX) return false;
      const known = hash === null ? null : parse(hash);
      const salt = known?.salt ?? Buffer.alloc(16);
      const key = await derive(password, salt, known?.cost ?? cost);
      return known !== null && timingSafeEqual(key, known.key);
    },
  };
}

interface ParsedHash {
  readonly cost: PasswordCost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** null: not a hash of ours; no password matches it. */
function parse(hash: string): ParsedHash | null {
  const [kind, n, r, p, salt, key] = hash.split("$");
  if (kind !== "scrypt" || salt === undefined || key === undefined) return null;
  const bytes = Buffer.from(key, "base64url");
  if (bytes.length !== KEY_BYTES) return null;
  const cost = { n: Number(n), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, "base64url"), key: bytes };
}

function requireStrong(password: string, userName: string): void {
  const why = weakness(password, userName);
  if (why === null) return;
  throw new IaiError("PASSWORD_WEAK", `Cannot take this password: ${why}, nothing was stored`);
}

/** Why a password is too weak; null: it is not. */
export function weakness(password: string, userName: string): string | null {
  const length = [...password].length;
  if (length < LENGTH_MIN) return `it has ${length} characters, at least ${LENGTH_MIN} are needed`;
  if (password.length > LENGTH_MAX) return `it has more than ${LENGTH_MAX} characters`;
  if (new Set(password).size < 5) return "it repeats the same few characters";
  const plain = password.toLowerCase();
  if (isRun(plain)) return "it is a row of neighbours in the alphabet or the digits";
  const name = userName.toLowerCase();
  if (name.length >= 3 && plain.replaceAll(name, "").length < 6) return "it is built on the name";
  return commonStems.has(stem(plain)) ? "it is one of the passwords tried first" : null;
}

const swaps: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

function stem(password: string): string {
  const word = password.replace(/[^a-z@]+$/, "").replace(/^[^a-z@]+/, "");
  return word.replace(/[013457@$!]/g, (sign) => swaps[sign] ?? "").replace(/[^a-z]/g, "");
}

/** 123456789012, abcdefghijkl, 987654321098: each character follows the one before. */
function isRun(text: string): boolean {
  const step = (from: string, to: string): number => {
    const difference = to.charCodeAt(0) - from.charCodeAt(0);
    if (from === "9" && to === "0") return 1;
    return from === "0" && to === "9" ? -1 : difference;
  };
  const steps = [...text].slice(1).map((to, i) => step(text.charAt(i), to));
  return steps.every((one) => one === 1) || steps.every((one) => one === -1);
}
