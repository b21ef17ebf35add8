import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { IaiError } from "../kernel/errors.ts";

/** Files of a data folder; nothing else builds these paths. */
export interface DataDir {
  readonly root: string;
  readonly log: string;
  readonly records: string;
  readonly telemetry: string;
  readonly checkpoints: string;
  readonly runFile: string;
  /** Random bytes that token and audit keys are derived from. */
  readonly installSecret: string;
  /** Files that sources added over the API may name: certificates, passwords, register maps. */
  readonly sourceFiles: string;
  /** What Sparkplug nodes told of themselves. */
  readonly births: string;
  /** What OPC-UA sources must know after a crash. */
  readonly opcua: string;
  readonly opcuaCertificates: string;
}

/** What a running process tells about itself in the data folder, for `stop`, `health` and `doctor`. */
export interface RunInfo {
  readonly pid: number;
  readonly startedAt: number;
  readonly apiUrl: string;
  readonly consoleUrl: string | null;
}

export function dataDirAt(path: string): DataDir {
  const root = resolve(path);
  return {
    root,
    log: join(root, "log"),
    records: join(root, "records.db"),
    telemetry: join(root, "telemetry"),
    checkpoints: join(root, "checkpoints.db"),
    runFile: join(root, "iai.run.json"),
    installSecret: join(root, "install.secret"),
    sourceFiles: join(root, "source-files"),
    births: join(root, "births"),
    opcua: join(root, "opcua"),
    opcuaCertificates: join(root, "opcua", "pki"),
  };
}

/** Takes the folder for this process alone. Refused while another living process has it. */
export function lockDataDir(dir: DataDir): { release(): void } {
  mkdirSync(dir.root, { recursive: true, mode: 0o700 });
  const lockFile = join(dir.root, "iai.lock");
  const owner = readPid(lockFile);
  if (owner !== null && owner !== process.pid && isAlive(owner)) {
    throw new IaiError(
      "DATA_DIR_IN_USE",
      `Cannot start: the data folder "${dir.root}" is in use by process ${owner}, nothing was changed`,
    );
  }
  writeFileSync(lockFile, String(process.pid), { mode: 0o600 });
  return { release: () => rmSync(lockFile, { force: true }) };
}

/** The process that runs on this folder; null: none. */
export function readRunInfo(dir: DataDir): RunInfo | null {
  if (!existsSync(dir.runFile)) return null;
  const info = JSON.parse(readFileSync(dir.runFile, "utf8")) as RunInfo;
  return isAlive(info.pid) ? info : null;
}

export function writeRunInfo(dir: DataDir, info: RunInfo): void {
  const file = openSync(dir.runFile, "w", 0o600);
  writeFileSync(file, JSON.stringify(info));
  closeSync(file);
}

export function removeRunInfo(dir: DataDir): void {
  rmSync(dir.runFile, { force: true });
}

function readPid(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, "utf8"));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** True for a process that exists and still looks like ours: a number that was given anew does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === "EPERM";
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes("main.ts");
}
