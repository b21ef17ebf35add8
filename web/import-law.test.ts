import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = globSync("web/src/**/*.{ts,tsx}", { cwd: root });

/** Folder a relative import of a file leads to, seen from the repository. */
function targets(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
  return found.map(([, path = ""]) => relative(root, join(root, dirname(file), path)));
}

const featureOf = (path: string): string | null =>
  /^web\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null;

describe("the console", () => {
  it("takes only words and wire forms from the server", () => {
    for (const file of files) {
      for (const target of targets(file)) {
        assert.match(target, /^(web\/src|src\/(model|wire))\//, `${file} imports ${target}`);
      }
    }
  });

  it("has features that do not know each other", () => {
    for (const file of files) {
      const own = featureOf(file);
      for (const target of targets(file)) {
        const other = featureOf(target);
        const allowed = other === null || other === own || file === "web/src/app/router.tsx";
        assert.ok(allowed, `${file} imports ${target}`);
      }
    }
  });
});
