import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace, StartedProcess } from "../server.ts";
import { fetchFlinkJars, flinkLib } from "./flink-jars.ts";

/** The second stands by: with it a killed task manager is a gap of seconds, not the start of a JVM. */
const TASK_MANAGERS = ["taskmanager-1", "taskmanager-2"] as const;
/** Of each task manager, so that one of them can run all jobs at parallelism 2. */
const SLOTS = 8;

/** A Flink session cluster on loopback: a job manager and two task managers, with V8 in their class path. */
export const flinkServer: ServerKind = {
  name: "flink",
  portCount: 3,
  fetch: async (cache) => fetchFlinkJars(cache),
  start: async (place) => {
    for (const folder of ["conf", "checkpoints", "savepoints", "upload"])
      mkdirSync(join(place.folder, folder), { recursive: true });
    writeConfig(place, "conf/config.yaml", clusterConfig(place));
    writeConfig(place, "conf/log4j.properties", logConfig);
    const url = `http://127.0.0.1:${portOf(place, 0)}`;
    const jobManager = startJobManager(place);
    const taskManagers = TASK_MANAGERS.map((name) => startTaskManager(place, name));
    const slots = SLOTS * TASK_MANAGERS.length;
    await waitUntilReady(place, jobManager, {
      ready: async () => (await slotsAt(url)) >= slots,
      withinMs: 120_000,
    });
    return {
      version: versionOf(),
      processes: [jobManager, ...taskManagers],
      connection: {
        url,
        libFolder: flinkLib(place.cache),
        checkpointFolder: join(place.folder, "checkpoints"),
        savepointFolder: join(place.folder, "savepoints"),
      },
    };
  },
};

function startJobManager(place: ServerPlace): StartedProcess {
  return startJava(place, "jobmanager", [
    ...["-Xms256m", "-Xmx448m"],
    ...common(place),
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    ...["--configDir", join(place.folder, "conf"), "--executionMode", "cluster"],
  ]);
}

function startTaskManager(place: ServerPlace, name: string): StartedProcess {
  const settings = { ...taskManagerMemory, "taskmanager.resource-id": name };
  return startJava(place, name, [
    ...["-Xms384m", "-Xmx384m", "-XX:MaxDirectMemorySize=288m"],
    ...common(place),
    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    ...["--configDir", join(place.folder, "conf")],
    ...Object.entries(settings).flatMap(([key, value]) => ["-D", `${key}=${value}`]),
  ]);
}

/** What Flink's start script would compute; the task manager insists on every one of them. */
const taskManagerMemory = {
  "taskmanager.cpu.cores": "2",
  "taskmanager.memory.task.heap.size": "256mb",
  "taskmanager.memory.task.off-heap.size": "128mb",
  "taskmanager.memory.framework.heap.size": "128mb",
  "taskmanager.memory.framework.off-heap.size": "128mb",
  "taskmanager.memory.network.min": "32mb",
  "taskmanager.memory.network.max": "32mb",
  "taskmanager.memory.managed.size": "64mb",
  "taskmanager.memory.jvm-metaspace.size": "256mb",
  "taskmanager.memory.jvm-overhead.min": "192mb",
  "taskmanager.memory.jvm-overhead.max": "192mb",
};

function startJava(place: ServerPlace, name: string, args: readonly string[]): StartedProcess {
  const env = { FLINK_CONF_DIR: join(place.folder, "conf") };
  return startProgram(place, { name, command: "java", args, env });
}

function common(place: ServerPlace): readonly string[] {
  return [
    ...["-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC"],
    ...exports.map((what) => `--add-exports=${what}=ALL-UNNAMED`),
    ...opens.map((what) => `--add-opens=java.base/${what}=ALL-UNNAMED`),
    `-Dlog4j.configurationFile=${join(place.folder, "conf", "log4j.properties")}`,
    // Javet unpacks its library there, 80 MB a process: it must go with the place.
    `-Djava.io.tmpdir=${temporaryFolder(place)}`,
    ...["-cp", join(flinkLib(place.cache), "*")],
  ];
}

function temporaryFolder(place: ServerPlace): string {
  const folder = join(place.folder, "tmp");
  mkdirSync(folder, { recursive: true });
  return folder;
}

const exports = [
  "java.rmi/sun.rmi.registry",
  "jdk.compiler/com.sun.tools.javac.api",
  "java.security.jgss/sun.security.krb5",
];
const opens = [
  ...["java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect"],
  ...["java.text", "java.time", "java.util", "java.util.concurrent"],
  ...["java.util.concurrent.atomic", "java.util.concurrent.locks"],
];

function clusterConfig(place: ServerPlace): string {
  const folder = (name: string): string => `file://${join(place.folder, name)}`;
  const settings = {
    "jobmanager.rpc.address": "127.0.0.1",
    "jobmanager.bind-host": "127.0.0.1",
    "jobmanager.rpc.port": portOf(place, 1),
    "blob.server.port": portOf(place, 2),
    "taskmanager.host": "127.0.0.1",
    "taskmanager.bind-host": "127.0.0.1",
    "taskmanager.numberOfTaskSlots": SLOTS,
    "rest.address": "127.0.0.1",
    "rest.bind-address": "127.0.0.1",
    "rest.port": portOf(place, 0),
    "web.upload.dir": join(place.folder, "upload"),
    "io.tmp.dirs": temporaryFolder(place),
    "state.backend.type": "hashmap",
    "execution.checkpointing.interval": "2s",
    "execution.checkpointing.storage": "filesystem",
    "execution.checkpointing.dir": folder("checkpoints"),
    "execution.checkpointing.savepoint-dir": folder("savepoints"),
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 1_000,
    "restart-strategy.fixed-delay.delay": "1s",
    // A killed task manager is missed within seconds.
    "heartbeat.interval": 1_000,
    "heartbeat.timeout": 5_000,
    "heartbeat.rpc-failure-threshold": 1,
    // Without these a task manager that is up before the job manager waits ten seconds.
    "cluster.registration.initial-timeout": 100,
    "cluster.registration.max-timeout": 1_000,
    "cluster.registration.error-delay": 500,
    "cluster.registration.refused-registration-delay": 500,
    "metrics.fetcher.update-interval": 500,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
  return `${lines.join("\n")}\n`;
}

const logConfig = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.pekko.name = org.apache.pekko
logger.pekko.level = WARN
`;

/** Slots that registered task managers offer; Flink's REST answers before the first one has come. */
async function slotsAt(url: string): Promise<number> {
  const answer = await fetch(`${url}/overview`, { signal: AbortSignal.timeout(2_000) });
  const overview = (await answer.json()) as { readonly "slots-total"?: number };
  return overview["slots-total"] ?? 0;
}

/** From `  <flink.version>2.2.0</flink.version>`: the one place that says which. */
function versionOf(): string {
  const pom = readFileSync(join(import.meta.dirname, "pom.xml"), "utf8");
  return /<flink\.version>([^<]+)</.exec(pom)?.[1] ?? "unknown";
}
