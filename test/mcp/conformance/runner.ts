import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../tidy/sources.ts";

const entry = join(
  root,
  "node_modules",
  "@modelcontextprotocol",
  "conformance",
  "dist",
  "index.js",
);

/** The official conformance runner against an endpoint; its verdict is its exit code. */
export async function runConformance(
  url: string,
  asked: readonly string[],
  folder: string,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const args = [entry, "server", "--url", url, "-o", folder, ...asked];
  const runner = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [runner.stdout, runner.stderr])
    stream.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
    });
  const status = await new Promise<number | null>((resolve) => runner.once("close", resolve));
  return { status, output };
}
