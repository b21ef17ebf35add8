import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { root } from "./sources.ts";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

// `npm install` leaves a platform package out in silence when no registry serves it; `npm ci` then fails for all.
it("locks every package of every platform, so that a fresh machine can install", () => {
  const missing: string[] = [];
  for (const [place, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const places = [`${place}/node_modules/${name}`, `node_modules/${name}`];
      if (!places.some((path) => lock.packages[path] !== undefined)) missing.push(name);
    }
  }
  assert.deepEqual(missing, []);
});

it("locks every package with the hash of its content", () => {
  const bare = Object.entries(lock.packages).filter(([place, locked]) => {
    return place !== "" && locked.integrity === undefined;
  });
  assert.deepEqual(bare, []);
});
