import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Debian's development branch moves, and old versions vanish from it: none can be pinned. */
const SUITE = "sid";
const PACKAGE = "mysql-server-core";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Programs of the closure that the server itself does not need. */
const NOT_NEEDED = /^(perl|libperl|libdb5|libgdbm|gdbm)/;
/** How old the answer may be which version is the newest. */
const NEWEST_FOR_MS = 7 * 24 * 3_600_000;
const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/** What is unpacked and initialised in the cache. */
export interface MysqlFiles {
  readonly version: string;
  /** A file system of its own, C library included: nothing of the machine is used or changed. */
  readonly root: string;
  /** An initialised data folder; `root@localhost` has no password yet. */
  readonly data: string;
}

interface Current {
  readonly version: string;
  readonly askedAt: number;
}

/** Fetches the newest MySQL, at most once a week; what is there stays in use when it cannot be asked for. */
export function fetchMysql(cache: string): void {
  const home = join(cache, "mysql");
  mkdirSync(home, { recursive: true });
  const current = readCurrent(home);
  if (current !== null && Date.now() - current.askedAt < NEWEST_FOR_MS) return;
  if (process.arch !== "x64" || process.platform !== "linux") {
    throw new Error(`Cannot fetch mysql: there is no way for ${process.platform}-${process.arch}`);
  }
  const room = join(home, `fetch-${randomBytes(4).toString("hex")}`);
  mkdirSync(room);
  try {
    fetchInto(home, room);
  } catch (failure) {
    if (current === null) throw failure;
    console.error(`mysql: ${String(failure)}; using ${current.version}, which is there`);
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

export function currentMysql(cache: string): MysqlFiles {
  const home = join(cache, "mysql");
  const current = readCurrent(home);
  if (current === null) throw new Error("Cannot start mysql: it has not been fetched");
  return filesOf(home, current.version);
}

/** Run by its own loader: its C library is newer than the machine's. */
export function mysqldCommand(root: string): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const libraries = join(root, LIBRARIES);
  return {
    command: join(libraries, "ld-linux-x86-64.so.2"),
    args: [
      ...["--library-path", libraries, "--argv0", "mysqld", join(root, "usr/sbin/mysqld")],
      "--no-defaults",
      `--basedir=${join(root, "usr")}`,
      `--lc-messages-dir=${join(root, "usr/share/mysql")}`,
      `--plugin-dir=${join(root, "usr/lib/mysql/plugin")}`,
      `--character-sets-dir=${join(root, "usr/share/mysql/charsets")}`,
      // Its default folder does not exist, and then it does not start.
      "--secure-file-priv=",
      "--mysqlx=OFF",
      "--user=root",
      "--innodb-redo-log-capacity=16M",
    ],
  };
}

function filesOf(home: string, version: string): MysqlFiles {
  return { version, root: join(home, `root-${version}`), data: join(home, `data-${version}`) };
}

function readCurrent(home: string): Current | null {
  const path = join(home, "current.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Current) : null;
}

/** Everything is made in `room` and then moved: what has its final name is whole. */
function fetchInto(home: string, room: string): void {
  const config = writeAptConfig(room);
  run("apt-get", ["-c", config, "-qq", "update"]);
  const version = newestVersion(config);
  const files = filesOf(home, version);
  if (!existsSync(files.root)) {
    unpack(room, config);
    moveUnlessThere(join(room, "root"), files.root);
  }
  if (!existsSync(files.data)) {
    initialise(files.root, join(room, "data"));
    moveUnlessThere(join(room, "data"), files.data);
  }
  const current: Current = { version, askedAt: Date.now() };
  writeFileSync(join(room, "current.json"), JSON.stringify(current));
  renameSync(join(room, "current.json"), join(home, "current.json"));
}

/** Another process may have been faster. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (failure) {
    if (!existsSync(to)) throw failure;
  }
}

/** An apt of its own: other sources, lists and archives, and no package installed. */
function writeAptConfig(room: string): string {
  for (const folder of ["lists/partial", "archives/partial"]) {
    mkdirSync(join(room, folder), { recursive: true });
  }
  writeFileSync(join(room, "status"), "");
  const source = `deb [signed-by=${KEYRING}] ${debianMirror()} ${SUITE} main\n`;
  writeFileSync(join(room, "sources.list"), source);
  const path = join(room, "apt.conf");
  writeFileSync(
    path,
    [
      `Dir::Etc::sourcelist "${join(room, "sources.list")}";`,
      'Dir::Etc::sourceparts "-";',
      `Dir::State "${room}";`,
      `Dir::State::lists "${join(room, "lists")}";`,
      `Dir::State::status "${join(room, "status")}";`,
      `Dir::Cache "${room}";`,
      `Dir::Cache::archives "${join(room, "archives")}";`,
      'APT::Install-Recommends "false";',
      'APT::Sandbox::User "root";',
      'Acquire::Languages "none";',
      // Hooks of the machine are about the machine's packages.
      "#clear APT::Update::Pre-Invoke;",
      "#clear APT::Update::Post-Invoke;",
      "#clear APT::Update::Post-Invoke-Success;",
      "#clear DPkg::Pre-Invoke;",
      "#clear DPkg::Post-Invoke;",
      "",
    ].join("\n"),
  );
  return path;
}

/** Where this machine gets its own Debian packages from. */
function debianMirror(): string {
  const uris = run("apt-get", ["indextargets", "--format", "$(REPO_URI)"]).split("\n");
  return uris.find((uri) => /\/debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian";
}

/** Without the epoch and Debian's own revision, e.g. `9.7.4-1`. */
function newestVersion(config: string): string {
  const policy = run("apt-cache", ["-c", config, "policy", PACKAGE]);
  const version = /Candidate: (\S+)/.exec(policy)?.[1];
  if (version === undefined || version === "(none)") {
    throw new Error(`Cannot fetch mysql: ${SUITE} has no ${PACKAGE}`);
  }
  return version.replace(/^\d+:/, "").replace(/[^\w.+~-]/g, "_");
}

function unpack(room: string, config: string): void {
  run("apt-get", ["-c", config, "-qq", "-y", "--download-only", "install", PACKAGE]);
  const archives = readdirSync(join(room, "archives")).filter((name) => name.endsWith(".deb"));
  for (const name of archives) {
    if (NOT_NEEDED.test(name)) continue;
    run("dpkg-deb", ["-x", join(room, "archives", name), join(room, "root")]);
  }
}

function initialise(root: string, data: string): void {
  const { command, args } = mysqldCommand(root);
  run(command, [...args, "--initialize-insecure", `--datadir=${data}`]);
  // Each place makes its own identity and keys.
  for (const name of readdirSync(data)) {
    if (name === "auto.cnf" || name.endsWith(".pem")) rmSync(join(data, name));
  }
}

function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  const why = done.error?.message ?? done.stderr.trim().slice(-1_000);
  throw new Error(`Cannot fetch mysql: "${command} ${args.at(-1)}" says: ${why}`);
}
