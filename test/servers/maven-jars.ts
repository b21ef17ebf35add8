import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The jars of one server, pinned to the byte by the files `pom.xml` and `jars.sha256` of its folder. */
export interface MavenJars {
  /** Folder with the jars of its class path. */
  lib(cache: string): string;
  /** Copies the jars once, with Maven; throws when one is not the byte for byte expected one. */
  fetch(cache: string): void;
}

export function mavenJars(name: string, folder: string): MavenJars {
  const pom = join(folder, "pom.xml");
  // `sha256sum *.jar` over a fresh copy writes it anew.
  const sums = join(folder, "jars.sha256");
  const lib = (cache: string): string => {
    const hash = createHash("sha256").update(readFileSync(pom)).update(readFileSync(sums));
    return join(cache, name, `lib-${hash.digest("hex").slice(0, 16)}`);
  };
  const fetch = (cache: string): void => {
    const target = lib(cache);
    if (existsSync(target)) return;
    const room = `${target}.${randomBytes(4).toString("hex")}`;
    mkdirSync(room, { recursive: true });
    try {
      copy(name, pom, room);
      check(name, sums, room);
      renameSync(room, target);
    } finally {
      rmSync(room, { recursive: true, force: true });
    }
  };
  return { lib, fetch };
}

function copy(name: string, pom: string, into: string): void {
  const goal = "dependency:copy-dependencies";
  const words = ["-q", "-B", "-f", pom, goal, `-DoutputDirectory=${into}`];
  const done = spawnSync("mvn", [...words, "-DincludeScope=runtime"], {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  if (done.status === 0) return;
  const reason = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().slice(-500);
  throw new Error(`Cannot fetch the jars of ${name} with Maven: ${reason}`);
}

function check(name: string, sums: string, folder: string): void {
  const expected = readFileSync(sums, "utf8").trimEnd().split("\n").toSorted();
  const found = readdirSync(folder).map((file) => {
    const hash = createHash("sha256").update(readFileSync(join(folder, file)));
    return `${hash.digest("hex")}  ${file}`;
  });
  const wrong = [...new Set(expected).symmetricDifference(new Set(found))];
  if (wrong.length > 0) {
    throw new Error(`Cannot use the jars of ${name}: not the pinned ones:\n${wrong.join("\n")}`);
  }
}
