import { readFile, stat } from "node:fs/promises";
import { IaiError } from "./errors.ts";
import type { Log } from "./log.ts";

/**
 * The secret in a file, without the line end that editors leave behind. A file that is not there or is empty
 * stops the start; one that others can read is used with a warning, because mounted secrets often are.
 */
export async function readSecretFile(path: string, log: Log): Promise<string> {
  const secret = await read(path);
  if (secret === "")
    throw new IaiError("CONFIG_INVALID", `Cannot start: the secret file "${path}" is empty`);
  if (await isReadByOthers(path)) log.warn("secret.file.readable_by_others", { path });
  return secret;
}

async function read(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trimEnd();
  } catch (cause) {
    const message = `Cannot start: the secret file "${path}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}

async function isReadByOthers(path: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  return ((await stat(path)).mode & 0o077) !== 0;
}
