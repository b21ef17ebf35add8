import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { repositoryRoot } from "../../repository.ts";

/** A machine that is short of breath breaks time-outs of servers that are none of ours: one more try, and it is told. */
const ATTEMPTS = 2;

interface Outcome {
  readonly file: string;
  /** At which attempt it passed; null: at none. */
  readonly passedAt: number | null;
  readonly seconds: number;
}

/**
 * The suites on the real servers, one after the other: each fetches, starts and ends its servers by itself. A suite
 * that fails twice fails the run; one that needs its second attempt is named in the last lines.
 */
export function runServerSuites(): number {
  const files = globSync(["src/**/*.servers.test.ts", "test/**/*.servers.test.ts"], {
    cwd: repositoryRoot,
  }).sort();
  const outcomes = files.map((file, index) => {
    console.log(`\n== ${file} (${index + 1} of ${files.length})`);
    return runSuite(file);
  });
  console.log("\n== suites on the real servers");
  for (const { file, passedAt, seconds } of outcomes) {
    const how = passedAt === null ? "FAILED" : passedAt === 1 ? "passed" : "passed again";
    console.log(`${how.padEnd(13)}${String(seconds).padStart(5)} s  ${file}`);
  }
  const failed = outcomes.filter(({ passedAt }) => passedAt === null);
  if (failed.length > 0) console.error(`iai: ${failed.length} suites on the real servers failed`);
  return failed.length > 0 ? 1 : 0;
}

function runSuite(file: string): Outcome {
  const begin = process.hrtime.bigint();
  const secondsSince = (): number => Math.round(Number(process.hrtime.bigint() - begin) / 1e9);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const args = ["--test", "--test-concurrency=1", "--test-timeout=900000", file];
    const done = spawnSync(process.execPath, args, { cwd: repositoryRoot, stdio: "inherit" });
    if (done.status === 0) return { file, passedAt: attempt, seconds: secondsSince() };
    const how = done.error?.message ?? done.signal ?? `exit code ${done.status}`;
    console.error(`iai: attempt ${attempt} of ${file} failed (${how})`);
  }
  return { file, passedAt: null, seconds: secondsSince() };
}
