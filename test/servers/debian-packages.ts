import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Time another installation may hold the package manager, s. */
const LOCK_WAIT_S = 300;

export interface DebianProgram {
  /** Where the package puts the program, e.g. `/usr/bin/redis-server`. */
  readonly file: string;
  readonly packageName: string;
}

/**
 * Installs the Debian packages of those programs that are not there yet; throws with the reason when it cannot.
 * Debian starts their services where systemd runs; ours use ports and folders of their own beside them.
 */
export function installDebianPrograms(programs: readonly DebianProgram[]): void {
  const missing = programs.filter(({ file }) => !existsSync(file));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(({ packageName }) => packageName))];
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(
      `Cannot install ${names.join(", ")}: that needs root and apt-get. Install it with your package manager`,
    );
  }
  // Lists that cannot be fetched may still be good enough; the installation says so when they are not.
  apt(["update", "-qq"]);
  const failure = apt(["install", "-y", "-qq", "--no-install-recommends", ...names]);
  if (failure !== null) throw new Error(`Cannot install ${names.join(", ")}: ${failure}`);
}

/** null: done; otherwise the end of what it said. */
function apt(words: readonly string[]): string | null {
  const done = spawnSync("apt-get", ["-o", `DPkg::Lock::Timeout=${LOCK_WAIT_S}`, ...words], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
  });
  if (done.status === 0) return null;
  return done.error?.message ?? done.stderr.trim().slice(-500);
}
