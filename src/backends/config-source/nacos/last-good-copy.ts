import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { IaiError } from "../../../kernel/errors.ts";
import type { DocumentPlace } from "./codec.ts";

/**
 * The last good document on this machine's disk, readable by its owner only: what Nacos holds may be secret. Written
 * whole or not at all, and durable before `save` resolves.
 */
export interface LastGoodCopy {
  /** null: there is none of this document. */
  read(): Promise<string | null>;
  save(text: string): Promise<void>;
}

export function openLastGoodCopy(path: string, place: DocumentPlace): LastGoodCopy {
  // Another document's copy must not be taken for this one's after the options changed.
  const title = `# Last good copy of ${JSON.stringify(place)}; written by IAI, not read while Nacos answers.\n`;
  return {
    read: async () => {
      const text = await readText(path);
      return text?.startsWith(title) === true ? text.slice(title.length) : null;
    },
    save: async (text) => {
      try {
        await writeWhole(path, title + text);
      } catch (cause) {
        const message = `Cannot keep a copy of the configuration in "${path}": ${String(cause)}`;
        throw new IaiError("STORAGE_IO_ERROR", message, { cause });
      }
    },
  };
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    const message = `Cannot read the copy of the configuration in "${path}": ${String(cause)}`;
    throw new IaiError("STORAGE_IO_ERROR", message, { cause });
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
