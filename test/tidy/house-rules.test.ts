import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeOf, isTest, root, sourcesIn } from "./sources.ts";

const LONGEST_FILE = 300;

/** Tables of text, not of code. */
const longByNature = /seed-entries|errors\.ts$|dictionary|i18n\//;

describe("house rules", () => {
  it("keeps files short enough to be read at once", () => {
    const long = sourcesIn("src/**/*.ts", "web/src/**/*.{ts,tsx}")
      .filter((source) => !isTest(source.path) && !longByNature.test(source.path))
      .map((source) => ({ path: source.path, lines: source.text.split("\n").length - 1 }))
      .filter((file) => file.lines > LONGEST_FILE)
      .map((file) => `${file.path}: ${file.lines} lines`);
    assert.deepEqual(long, []);
  });

  it("does not sleep in tests by the real clock", () => {
    const sleeping = sourcesIn("src/**/*.test.ts", "test/**/*.test.ts")
      .filter((source) => /\bsetTimeout\(/.test(codeOf(source.text)))
      .map((source) => source.path);
    assert.deepEqual(sleeping, []);
  });

  it("locks every platform's Node", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, unknown>;
    };
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      optionalDependencies: Record<string, string>;
    };
    for (const name of Object.keys(manifest.optionalDependencies))
      assert.ok(lock.packages[`node_modules/${name}`], name);
  });

  it("pins every dependency to one version", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
      string,
      Record<string, string>
    >;
    const loose = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {})
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${name} ${version}`),
    );
    assert.deepEqual(loose, []);
  });

  it("names no registry host in the lock file", () => {
    assert.ok(!readFileSync(join(root, "package-lock.json"), "utf8").includes('"resolved": "http'));
  });
});
