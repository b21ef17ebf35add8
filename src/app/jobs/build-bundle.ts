import { resolve } from "node:path";
import { stepSourcesHash } from "./step-sources-hash.ts";

/** The steps as one script for a bare V8, and the hash of the sources that it decides by. */
export interface StepBundle {
  readonly script: string;
  readonly sourcesHash: string;
}

const ENTRY = resolve(import.meta.dirname, "flink-bundle.ts");

/** Bundles the jobs for Flink in about a second. The bundler is a tool of development: it must be installed. */
export async function buildBundle(entry = ENTRY): Promise<StepBundle> {
  const { build } = await import("vite");
  const sourcesHash = stepSourcesHash();
  const built = await build({
    configFile: false,
    logLevel: "error",
    define: { STEP_SOURCES_HASH: JSON.stringify(sourcesHash) },
    build: {
      lib: { entry, name: "iai", formats: ["iife"] },
      target: "es2023",
      minify: false,
      write: false,
    },
  });
  const script = scriptOf(built);
  // What Node has and a bare V8 has not would be missed only when the line runs.
  const foreign = /\brequire\(|\bprocess\.|\bBuffer\b|\bIntl\b|__vite-browser-external/.exec(
    script,
  );
  if (foreign !== null) {
    throw new Error(`Cannot bundle the steps: "${foreign[0]}" is not there inside Flink`);
  }
  return { script, sourcesHash };
}

/** Vite answers a list of outputs, of which a library of one format has one with one chunk. */
function scriptOf(built: unknown): string {
  const [output] = Array.isArray(built) ? built : [built];
  const [chunk] = (output as { readonly output: readonly { readonly code?: string }[] }).output;
  if (chunk?.code === undefined) throw new Error("Cannot bundle the steps: the bundler gave none");
  return chunk.code;
}
