import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IaiError } from "../kernel/errors.ts";
import { repositoryRoot } from "./repository.ts";

const output = join(repositoryRoot, "web", "dist");
const stamp = join(output, ".source-hash");

/** Builds the console when its sources have changed since the last build; tells the folder to serve. */
export function buildConsole(): string {
  const hash = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return output;
  process.stderr.write("iai: building the console (once, some seconds) ...\n");
  const vite = join(repositoryRoot, "node_modules", "vite", "bin", "vite.js");
  const done = spawnSync(process.execPath, [vite, "build", "web", "--logLevel", "warn"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  if (done.status !== 0) {
    throw new IaiError("INTERNAL", `Cannot build the console: ${done.stderr || done.stdout}`);
  }
  writeFileSync(stamp, hash);
  return output;
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
  return hash.digest("hex");
}
