import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { placePassword } from "../place-secrets.ts";
import {
  freePorts,
  isPortFree,
  portOf,
  startProgram,
  waitUntilReady,
  writeConfig,
} from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";

/**
 * The server modules of Nacos 2.3.2, rebuilt and published by a third party: the project itself publishes clients
 * only. `pom.xml` names the versions, `jars.sha256` every file.
 */
const VERSION = "2.3.2-OEM";

/** Life of an access token: short, so that the suites see it renewed. */
const TOKEN_LIFE_S = 6;

/** Nacos from Maven with authorisation on, its store (Derby) in the place, all ports on loopback. */
export const nacosServer: ServerKind = {
  name: "nacos",
  portCount: 1,
  fetch: async (cache) => fetchNacos(cache),
  start: async (place) => {
    const port = await portWithNeighbours(place);
    const started = startProgram(place, javaOf(place, port));
    await waitUntilReady(place, started, { ready: () => isUp(port), withinMs: 180_000 });
    await waitUntilReady(place, started, {
      ready: () => hasPassword(place, port),
      withinMs: 60_000,
    });
    return {
      version: `${VERSION} (third-party rebuild)`,
      processes: [started],
      connection: {
        host: "127.0.0.1",
        port,
        username: "nacos",
        password: placePassword(place, "nacos"),
        tokenLifeS: TOKEN_LIFE_S,
      },
    };
  },
};

const recipe = import.meta.dirname;

function fetchNacos(cache: string): void {
  const target = programFolder(cache);
  if (existsSync(target)) return;
  demand("mvn", "Maven", ["-v"]);
  demand("javac", "a Java development kit, 17 or newer", ["-version"]);
  const draft = mkdtempSync(join(cache, "nacos-new-"));
  try {
    const jars = join(draft, "lib");
    copyJars(jars);
    checkJars(jars);
    compile(draft);
    // Another command may have been faster; what it made is the same.
    if (!existsSync(target)) renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A folder for each recipe: a changed one is fetched anew. */
function programFolder(cache: string): string {
  const hash = createHash("sha256");
  for (const file of globSync(["pom.xml", "jars.sha256", "java/*.java"], {
    cwd: recipe,
  }).toSorted())
    hash.update(readFileSync(join(recipe, file)));
  return join(cache, `nacos-${VERSION}-${hash.digest("hex").slice(0, 12)}`);
}

function demand(command: string, what: string, words: readonly string[]): void {
  if (spawnSync(command, words, { stdio: "ignore" }).status !== 0)
    throw new Error(`Cannot fetch nacos: it needs ${what}; "${command}" does not run here`);
}

function copyJars(folder: string): void {
  const words = ["-q", "-B", "-f", join(recipe, "pom.xml"), "dependency:copy-dependencies"];
  const done = spawnSync("mvn", [...words, `-DoutputDirectory=${folder}`], { encoding: "utf8" });
  if (done.status === 0) return;
  const said = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().slice(-1_000);
  throw new Error(`Cannot fetch nacos: Maven does not bring its jars: ${said}`);
}

/** The publisher is not the project: what is run must be what was looked at. */
function checkJars(folder: string): void {
  const lines = readFileSync(join(recipe, "jars.sha256"), "utf8").trimEnd().split("\n");
  const wanted = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const found = globSync("*.jar", { cwd: folder });
  const strange = found.filter((jar) => {
    const hash = createHash("sha256")
      .update(readFileSync(join(folder, jar)))
      .digest("hex");
    return wanted.get(jar) !== hash;
  });
  const missing = [...wanted.keys()].filter((jar) => !found.includes(jar));
  if (strange.length === 0 && missing.length === 0) return;
  throw new Error(
    `Cannot fetch nacos: its jars differ from jars.sha256: ${[...strange, ...missing].join(", ")}`,
  );
}

function compile(folder: string): void {
  const classes = join(folder, "classes");
  const sources = globSync("java/*.java", { cwd: recipe }).map((file) => join(recipe, file));
  execFileSync("javac", ["-cp", `${folder}/lib/*`, "-d", classes, ...sources], { stdio: "pipe" });
  cpSync(join(recipe, "java", "META-INF"), join(classes, "META-INF"), { recursive: true });
}

/** Nacos takes the port 1000 below its own as well, for raft; that pair is chosen once for the place. */
async function portWithNeighbours(place: ServerPlace): Promise<number> {
  const path = join(place.folder, "port");
  if (existsSync(path)) return Number(readFileSync(path, "utf8"));
  for (const port of [portOf(place, 0), ...(await freePorts(10))]) {
    if (!(await isPortFree(port - 1_000))) continue;
    writeFileSync(path, String(port));
    return port;
  }
  throw new Error("Cannot start nacos: no port is free together with the one 1000 below it");
}

function javaOf(place: ServerPlace, port: number) {
  const opened = ["lang", "util", "util.concurrent", "io", "math", "time", "nio"];
  const packages = [...opened.map((name) => `java.${name}`), "sun.nio.ch", "sun.net.util"];
  const program = programFolder(place.cache);
  mkdirSync(join(place.folder, "conf"), { recursive: true });
  writeConfig(place, "conf/application.properties", propertiesOf(place));
  return {
    name: "nacos",
    command: "java",
    args: [
      "-Xms64m",
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Djava.net.preferIPv4Stack=true",
      ...packages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      "-Dnacos.standalone=true",
      `-Dnacos.home=${place.folder}`,
      `-Dnacos.logs.path=${join(place.folder, "logs")}`,
      "-Dnacos.server.ip=127.0.0.1",
      `-Dserver.port=${port}`,
      "-cp",
      `${program}/classes:${program}/lib/*`,
      "NacosServer",
      `--spring.config.additional-location=file:${place.folder}/conf/`,
    ],
  };
}

function propertiesOf(place: ServerPlace): string {
  // Another at each start: tokens of before are refused, as they are after a change of the secret.
  const secret = Buffer.from(`${placePassword(place, "token")}${process.hrtime.bigint()}`);
  return [
    "server.servlet.contextPath=/nacos",
    "server.address=127.0.0.1",
    `server.tomcat.basedir=${join(place.folder, "tomcat")}`,
    "server.tomcat.accesslog.enabled=false",
    "management.endpoints.web.exposure.include=health",
    // Its own database is opened while everything else starts too; three seconds are not enough then.
    "db.pool.config.connectionTimeout=60000",
    "nacos.core.auth.enabled=true",
    "nacos.core.auth.system.type=nacos",
    "nacos.core.auth.server.identity.key=iai-test",
    `nacos.core.auth.server.identity.value=${placePassword(place, "identity")}`,
    `nacos.core.auth.plugin.nacos.token.secret.key=${secret.toString("base64")}`,
    `nacos.core.auth.plugin.nacos.token.expire.seconds=${TOKEN_LIFE_S}`,
    "",
  ].join("\n");
}

async function isUp(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/nacos/actuator/health`, {
    signal: AbortSignal.timeout(2_000),
  });
  return answer.ok;
}

/** There is no password at first; the one that sets it first is the administrator. */
async function hasPassword(place: ServerPlace, port: number): Promise<boolean> {
  const post = (path: string, form: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/nacos/v1/auth/${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(2_000),
    });
  const password = placePassword(place, "nacos");
  await post("users/admin", { password });
  return (await post("login", { username: "nacos", password })).ok;
}
