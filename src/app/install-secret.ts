import { hkdfSync, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { IaiError } from "../kernel/errors.ts";

/** Keys of this installation, each for one purpose. None of them ever leaves the machine. */
export interface InstallKeys {
  /** Signs access and session tokens. */
  readonly signing: Uint8Array;
  /** Keys the hash chain of the audit log. */
  readonly audit: Uint8Array;
  /** Seals the secrets of stored sources. */
  readonly sources: Uint8Array;
}

const SECRET_BYTES = 32;

/**
 * The keys of the installation whose secret lies at `path`; made at the first call, by whichever process is first.
 * A secret that others can read is no secret: CONFIG_INVALID.
 */
export async function openInstallKeys(path: string): Promise<InstallKeys> {
  const secret = (await readSecret(path)) ?? (await createSecret(path));
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", secret, "", purpose, SECRET_BYTES));
  return {
    signing: derive("iai token signing"),
    audit: derive("iai audit chain"),
    sources: derive("iai source secrets"),
  };
}

/** null: there is none yet. */
async function readSecret(path: string): Promise<Buffer | null> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw refuse(path, `others can read it; run \`chmod 600 "${path}"\``);
    }
    const secret = await readFile(path);
    if (secret.length !== SECRET_BYTES)
      throw refuse(path, "it is damaged; restore it from a backup");
    return secret;
  } catch (failure) {
    if (failure instanceof Error && "code" in failure && failure.code === "ENOENT") return null;
    throw failure;
  }
}

/** Written whole under another name first: another process sees all of it or nothing. */
async function createSecret(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(randomBytes(SECRET_BYTES));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (failure) {
    const isLate = failure instanceof Error && "code" in failure && failure.code === "EEXIST";
    if (!isLate) throw failure;
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === null) throw refuse(path, "it is gone again");
  return secret;
}

function refuse(path: string, reason: string): IaiError {
  return new IaiError("CONFIG_INVALID", `Cannot use the secret "${path}": ${reason}`);
}
