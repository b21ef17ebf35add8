import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { IaiError } from "../kernel/errors.ts";
import { repositoryRoot } from "./repository.ts";

const builds = join(repositoryRoot, "node_modules", ".cache", "iai-console");

/**
 * Builds the console when its sources have changed since the last build; tells the folder to serve. Each build has
 * a folder of its own that appears whole: two starts at once, or one beside a running IAI, do not disturb each other.
 */
export function buildConsole(): string {
  const output = join(builds, sourceHash());
  if (existsSync(output)) return output;
  process.stderr.write("iai: building the console (once, some seconds) ...\n");
  const unfinished = `${output}.${process.pid}`;
  try {
    build(unfinished);
    publish(unfinished, output);
    removeOld(output);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return output;
}

function build(into: string): void {
  const vite = join(repositoryRoot, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "web", "--outDir", into, "--emptyOutDir", "--logLevel", "warn"];
  const done = spawnSync(process.execPath, args, { cwd: repositoryRoot, encoding: "utf8" });
  if (done.status === 0) return;
  const reason = done.stderr || done.stdout || String(done.error);
  throw new IaiError("INTERNAL", `Cannot build the console: ${reason}`);
}

function publish(unfinished: string, output: string): void {
  try {
    renameSync(unfinished, output);
  } catch (failure) {
    // Another start was quicker; its build is the same.
    if (!existsSync(output)) throw failure;
  }
}

/** A running IAI may still serve an earlier build: only what is older than a week goes. */
const KEEP_MS = 7 * 86_400_000;

function removeOld(output: string): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    const age = statSync(output).mtimeMs - statSync(path).mtimeMs;
    if (age > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function sourceHash(): string {
  const hash = createHash("sha256");
  const files = globSync(
    ["web/**/*.{ts,tsx,css,html,json,svg}", "src/{model,wire}/**/*.ts", "package-lock.json"],
    {
      cwd: repositoryRoot,
      exclude: (path) => path.startsWith("web/dist") || path.startsWith("web/dev"),
    },
  );
  for (const file of files.toSorted())
    hash.update(file).update(readFileSync(join(repositoryRoot, file)));
  return hash.digest("hex").slice(0, 16);
}
