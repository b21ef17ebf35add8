import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { IaiError } from "../../kernel/errors.ts";
import { buildBundle, type StepBundle } from "./build-bundle.ts";

export interface JobJarOptions {
  /** Folder with the jars of the Flink cluster, Javet among them. */
  readonly libFolder: string;
  readonly jarFile: string;
  /** Entry of the bundle; default: the jobs of this product. */
  readonly entry?: string;
}

export interface JobJar {
  readonly jarFile: string;
  /** What is inside. */
  readonly bundle: StepBundle;
  /** SHA-256 of the bundle's script. */
  readonly bundleHash: string;
}

const host = resolve(import.meta.dirname, "..", "..", "..", "flink");

/** Bundles the steps, compiles the Java host and packs both; some seconds, with the tools of a JDK 17 or newer. */
export async function buildJobJar(options: JobJarOptions): Promise<JobJar> {
  const bundle = await buildBundle(options.entry);
  const folder = mkdtempSync(join(tmpdir(), "iai-job-"));
  try {
    const sources = globSync("iai/*.java", { cwd: host }).map((path) => join(host, path));
    const classPath = join(options.libFolder, "*");
    runTool("javac", ["--release", "17", "-nowarn", "-d", folder, "-cp", classPath, ...sources]);
    writeFileSync(join(folder, "iai", "bundle.js"), bundle.script);
    mkdirSync(dirname(options.jarFile), { recursive: true });
    const words = ["--create", "--file", options.jarFile, "--main-class", "iai.IaiJob"];
    runTool("jar", [...words, "-C", folder, "."]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const bundleHash = createHash("sha256").update(bundle.script).digest("hex");
  return { jarFile: options.jarFile, bundle, bundleHash };
}

function runTool(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (done.status === 0) return;
  const reason = done.error?.message ?? done.stderr.trim().slice(-1_000);
  const message = `Cannot build the jobs for Flink: ${command} says: ${reason}; nothing was deployed`;
  throw new IaiError("UNSUPPORTED", message);
}
