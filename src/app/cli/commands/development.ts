import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { buildConsole } from "../../console-build.ts";
import { repositoryRoot } from "../../repository.ts";
import { runServerSuites } from "./server-suites.ts";

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const bin = (name: string): string => join(repositoryRoot, "node_modules", ".bin", name);

/** Units share one process: eight times faster than one process a file. */
const unitTests = (): Step => ({
  name: "unit tests",
  command: process.execPath,
  args: [
    "--test",
    "--test-isolation=none",
    ...globSync(["src/**/*.test.ts", "web/**/*.test.ts", "test/tidy/*.test.ts"], {
      cwd: repositoryRoot,
      exclude: ["**/*.servers.test.ts"],
    }),
  ],
});

/** Suites that start processes, kill them, or drive a browser. */
const systemTests = (): Step => ({
  name: "system tests",
  command: process.execPath,
  args: [
    "--test",
    "--test-concurrency=1",
    "--test-timeout=900000",
    ...globSync(
      [
        "test/contract/**/*.test.ts",
        "test/simulation/**/*.test.ts",
        "test/blackbox/**/*.test.ts",
        "test/browser/**/*.test.ts",
        "test/mcp/**/*.test.ts",
        "test/agents/**/*.test.ts",
      ],
      { cwd: repositoryRoot, exclude: ["**/*.servers.test.ts"] },
    ),
  ],
});

/** `iai ok`: format, lint, types, tidy and unit tests, under a minute. */
export function runOk(): number {
  return runSteps([
    { name: "format and lint", command: bin("biome"), args: ["check", "--error-on-warnings", "."] },
    { name: "types", command: bin("tsc"), args: ["-p", "."] },
    { name: "types of the console", command: bin("tsc"), args: ["-p", "web"] },
    unitTests(),
  ]);
}

export interface TestOptions {
  readonly servers?: boolean;
}

/**
 * `iai test`: everything that needs no server of others; installs the browser it drives. `--servers` runs the
 * suites on the real servers instead.
 */
export function runTest(options: TestOptions): number {
  if (options.servers === true) return runServerSuites();
  const ok = runOk();
  if (ok !== 0) return ok;
  buildConsole();
  const browser = installBrowser();
  return browser !== 0 ? browser : runSteps([systemTests()]);
}

/** `iai servers`: the real servers of the cluster profile, for development. */
export function runServers(words: readonly string[]): number {
  const main = join(repositoryRoot, "test", "servers", "main.ts");
  const done = spawnSync(process.execPath, [main, ...words], { stdio: "inherit" });
  return done.status ?? 1;
}

/** `iai dev`: the console by Vite, reloaded at every change; it asks the IAI that runs on this machine. */
export function runDev(): number {
  return runSteps([{ name: "console", command: bin("vite"), args: ["web"] }]);
}

function runSteps(steps: readonly Step[]): number {
  for (const step of steps) {
    console.log(`\n== ${step.name}`);
    const done = spawnSync(step.command, step.args, { cwd: repositoryRoot, stdio: "inherit" });
    if (done.status !== 0) {
      const how = done.error?.message ?? done.signal ?? `exit code ${done.status}`;
      console.error(`iai: ${step.name} failed (${how})`);
      return 1;
    }
  }
  return 0;
}

/** The browser tests drive Debian's Chromium, strace watches the order of fsync and answer. */
function installBrowser(): number {
  const missing = [
    { file: "/usr/bin/chromium", name: "chromium" },
    { file: "/usr/bin/strace", name: "strace" },
    { file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", name: "fonts-noto-cjk" },
  ].filter((tool) => !existsSync(tool.file));
  if (missing.length === 0) return 0;
  const names = missing.map((tool) => tool.name);
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.error(
      `iai: the tests need ${names.join(", ")}. Install them with your package manager and try again.`,
    );
    return 1;
  }
  console.log(`\n== installing ${names.join(", ")}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): number | null =>
    spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env: environment }).status;
  // Lists that cannot be fetched may still be good enough; the installation says so when they are not.
  apt("update", "-qq");
  if (apt("install", "-y", "-qq", ...names) === 0) return 0;
  console.error(`iai: ${names.join(", ")} could not be installed, the system tests were not run`);
  return 1;
}
