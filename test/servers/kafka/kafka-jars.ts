import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const POM = join(import.meta.dirname, "pom.xml");
/** What the jars must be, to the byte; `sha256sum *.jar` over a fresh copy writes it anew. */
const SUMS = join(import.meta.dirname, "jars.sha256");

/** Folder with the jars of the broker's class path. */
export function kafkaLib(cache: string): string {
  const hash = createHash("sha256").update(readFileSync(POM)).update(readFileSync(SUMS));
  return join(cache, "kafka", `lib-${hash.digest("hex").slice(0, 16)}`);
}

/** Copies the jars once, with Maven; throws when one is not the byte for byte expected one. About 20 s. */
export function fetchKafkaJars(cache: string): void {
  const lib = kafkaLib(cache);
  if (existsSync(lib)) return;
  const room = `${lib}.${randomBytes(4).toString("hex")}`;
  mkdirSync(room, { recursive: true });
  try {
    const goal = "dependency:copy-dependencies";
    const words = ["-q", "-B", "-f", POM, goal, `-DoutputDirectory=${room}`];
    const done = spawnSync("mvn", [...words, "-DincludeScope=runtime"], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    if (done.status !== 0) {
      const reason = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().slice(-500);
      throw new Error(`Cannot fetch the jars of Kafka with Maven: ${reason}`);
    }
    checkSums(room);
    renameSync(room, lib);
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

function checkSums(folder: string): void {
  const expected = readFileSync(SUMS, "utf8").trimEnd().split("\n").toSorted();
  const found = readdirSync(folder).map((name) => {
    const hash = createHash("sha256").update(readFileSync(join(folder, name)));
    return `${hash.digest("hex")}  ${name}`;
  });
  const wrong = [...new Set(expected).symmetricDifference(new Set(found))];
  if (wrong.length > 0) {
    throw new Error(`Cannot use the jars of Kafka: not the pinned ones:\n${wrong.join("\n")}`);
  }
}
