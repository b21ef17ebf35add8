import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

/** The first load is what a browser fetches before the overview stands; at most 450 KB after gzip. */
const BUDGET_BYTES = 450_000;
/** Folder of the built console: the argument, else where `vite build web` puts it. */
const dist =
  process.argv[2] === undefined
    ? new URL("./dist/", import.meta.url)
    : pathToFileURL(`${process.argv[2]}/`);

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8")) as Readonly<
  Record<string, Chunk>
>;

/** Files of an entry with everything that it imports at once. */
function filesOf(entry: string, found: Set<string>): Set<string> {
  const chunk = manifest[entry];
  if (chunk === undefined) throw new Error(`Cannot measure the console: "${entry}" was not built`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const each of chunk.imports ?? []) filesOf(each, found);
  return found;
}

const files = filesOf("index.html", new Set<string>(["index.html"]));
filesOf("src/features/overview/overview-page.tsx", files);
let total = 0;
for (const file of files)
  total += gzipSync(readFileSync(fileURLToPath(new URL(file, dist)))).length;
process.stdout.write(
  `first load ${String(Math.round(total / 1000))} KB gz in ${String(files.size)} files, budget ${String(BUDGET_BYTES / 1000)} KB\n`,
);
if (total > BUDGET_BYTES) process.exitCode = 1;
