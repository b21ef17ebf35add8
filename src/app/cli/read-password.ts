import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { IaiError } from "../../kernel/errors.ts";

/**
 * A password from the file named, from standard input where that is no terminal, or typed twice without being
 * shown. Never from an argument: arguments are seen by everybody on the machine and kept in shell histories.
 */
export async function readPassword(file: string | undefined): Promise<string> {
  if (file !== undefined) return firstLine(await readFileOrRefuse(file));
  if (!process.stdin.isTTY) return firstLine(await readAll());
  const password = await ask("Password (at least 12 characters): ");
  if ((await ask("Once more: ")) === password) return password;
  throw new IaiError("USAGE", "Cannot add the user: the two passwords differ, nothing was stored");
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

async function readFileOrRefuse(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot read the password file "${file}": ${reason}, nothing was stored`;
    throw new IaiError("USAGE", message, { cause });
  }
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > 10_000) break;
  }
  return text;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
