import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { isTest, type Source, sourcesIn } from "./sources.ts";

/** Folders of `src/` that each folder may import; `self` is its own room (a station, one backend). */
const law: Readonly<Record<string, readonly string[]>> = {
  model: [],
  kernel: ["model"],
  wire: ["model"],
  ports: ["model", "kernel"],
  pipeline: ["model", "kernel", "ports", "self"],
  backends: ["model", "kernel", "wire", "ports", "self"],
  present: ["model", "kernel", "wire", "ports", "pipeline"],
};

/**
 * The one room that others may enter: the SQL that all backends of a port share. Two copies would soon disagree about
 * what a record means; see docs/decisions/0010.
 */
const sharedRoom = /^src\/backends\/([\w-]+)\/sql\//;

/** True: both backends belong to the port whose SQL it is. */
function isSharedWith(target: string, source: string): boolean {
  const port = sharedRoom.exec(target)?.[1];
  return port !== undefined && source.startsWith(`src/backends/${port}/`);
}

/** `pipeline/alert`, `backends/event-bus/embedded`, or the top folder. */
function roomOf(path: string): string {
  const parts = path.split("/").slice(1, -1);
  const depth = parts[0] === "pipeline" ? 2 : parts[0] === "backends" ? 3 : 1;
  return parts.slice(0, depth).join("/");
}

function importsOf(source: Source): readonly string[] {
  return [...source.text.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[^"]+)"/g)].map((match) =>
    posix.normalize(posix.join(posix.dirname(source.path), match[1] ?? "")),
  );
}

function violationsOf(source: Source): readonly string[] {
  const folder = source.path.split("/")[1] ?? "";
  const allowed = law[folder];
  if (allowed === undefined) return [];
  return importsOf(source)
    .filter((target) => target.startsWith("src/"))
    .filter((target) => {
      const targetFolder = target.split("/")[1] ?? "";
      if (roomOf(target) === roomOf(source.path)) return false;
      if (isSharedWith(target, source.path)) return false;
      return !allowed.includes(targetFolder) || (targetFolder === folder && folder !== "present");
    })
    .map((target) => `${source.path} imports ${target}`);
}

describe("import law", () => {
  const sources = sourcesIn("src/**/*.ts").filter((source) => !isTest(source.path));

  it("keeps each folder to what it may know", () => {
    assert.deepEqual(sources.flatMap(violationsOf), []);
  });

  it("lets the console see the model and the wire only", () => {
    const outside = sourcesIn("web/src/**/*.{ts,tsx}").flatMap((source) =>
      importsOf(source)
        .filter((target) => target.startsWith("src/") && !/^src\/(model|wire)\//.test(target))
        .map((target) => `${source.path} imports ${target}`),
    );
    assert.deepEqual(outside, []);
  });

  it("keeps the language model's library to its one backend", () => {
    const home = "src/backends/language-model/openai-compatible/";
    const importing = sourcesIn("src/**/*.ts", "test/**/*.ts", "web/src/**/*.{ts,tsx}")
      .filter(({ path }) => !path.startsWith(home))
      .filter(({ text }) => /(?:from|import\()\s*"(?:ai|@ai-sdk\/[^"]*)(?:\/[^"]*)?"/.test(text))
      .map(({ path }) => path);
    assert.deepEqual(importing, []);
  });

  it("keeps the console's features apart", () => {
    const crossing = sourcesIn("web/src/features/**/*.{ts,tsx}").flatMap((source) => {
      const own = source.path.split("/").slice(0, 4).join("/");
      return importsOf(source)
        .filter((target) => target.startsWith("web/src/features/") && !target.startsWith(`${own}/`))
        .map((target) => `${source.path} imports ${target}`);
    });
    assert.deepEqual(crossing, []);
  });
});
