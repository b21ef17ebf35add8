import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IaiProcess, runIai, startIai } from "../fixtures/iai-process.ts";
import { type ServerHandle, startServer } from "../servers/server-handle.ts";

type Role = "ingestor" | "archiver" | "agent-server" | "console";
const names = ["kafka", "flink", "influxdb", "mysql", "redis", "nacos"] as const;
type Name = (typeof names)[number];

/** The whole cluster profile on this machine: six real servers, the jobs deployed, roles as processes. */
export interface Cluster {
  readonly servers: Readonly<Record<Name, ServerHandle>>;
  /** Variables that every command of this cluster is run with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly key: string;
  /** Flink's jars, which the jobs are compiled against. */
  readonly flinkLib: string;
  /** Starts one process of a role; started again under the same name it has its folder back. */
  role(role: Role, name?: string): Promise<IaiProcess>;
  /** Brings the jobs into Flink, going on where they stopped. */
  deploy(): void;
  /** Runs a command of the CLI in this cluster; throws with its words when it fails. */
  run(...words: string[]): string;
  stop(): Promise<void>;
}

/** Fetches what is missing, starts the servers and deploys the jobs; ends everything when one of it fails. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "iai-cluster-"));
  const started: ServerHandle[] = [];
  const running: IaiProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.allSettled(running.map((process) => process.stop()));
    await Promise.allSettled(started.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const begun = names.map(async (name) => void started.push(await startServer(name)));
    // All have come to their end before anything is ended: none may be left behind half started.
    for (const one of await Promise.allSettled(begun))
      if (one.status === "rejected") throw one.reason;
    const servers = Object.fromEntries(started.map((one) => [one.name, one])) as Cluster["servers"];
    const environment = environmentOf(servers, folder);
    const run: Cluster["run"] = (...words) => {
      const done = runIai([...words, "--data-dir", join(folder, "cli")], environment);
      if (done.status !== 0)
        throw new Error(`iai ${words.join(" ")}: ${done.stdout}${done.stderr}`);
      return done.stdout;
    };
    const { key } = JSON.parse(run("key", "create", "--name", "t", "--role", "admin", "--json"));
    const flinkLib = String(servers.flink.connection["libFolder"]);
    const deploy = (): void => void run("cluster", "deploy", "--flink-lib", flinkLib);
    deploy();
    const role: Cluster["role"] = async (which, name = which) => {
      const dataDir = join(folder, name);
      const process = await startIai({ dataDir, environment, role: which, forSuite: true });
      running.push(process);
      return process;
    };
    return { servers, environment, key, flinkLib, role, deploy, run, stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

function environmentOf(
  { kafka, flink, influxdb, mysql, redis, nacos }: Cluster["servers"],
  folder: string,
): Record<string, string> {
  const sections: Record<string, Record<string, unknown>> = {
    EVENT_BUS: { KIND: "kafka", BROKERS: `["127.0.0.1:${kafka.connection["port"]}"]` },
    TELEMETRY_STORE: {
      KIND: "influxdb",
      URL: influxdb.connection["url"],
      USERNAME: influxdb.connection["username"],
      PASSWORD: influxdb.connection["password"],
      AGGREGATES_ITSELF: "false",
    },
    RECORD_STORE: {
      KIND: "mysql",
      PORT: mysql.connection["port"],
      USER: mysql.connection["user"],
      PASSWORD: mysql.connection["password"],
      DATABASE: mysql.connection["database"],
    },
    CACHE: {
      KIND: "redis",
      PORT: redis.connection["port"],
      USERNAME: redis.connection["username"],
      PASSWORD: redis.connection["password"],
      KEY_PREFIX: redis.connection["prefix"],
    },
    CONFIG_SOURCE: {
      KIND: "nacos",
      ADDRESSES: `["http://127.0.0.1:${nacos.connection["port"]}"]`,
      USERNAME: nacos.connection["username"],
      PASSWORD: nacos.connection["password"],
    },
    STREAM_ENGINE: {
      KIND: "flink",
      URL: flink.connection["url"],
      CHECKPOINT_FOLDER: flink.connection["checkpointFolder"],
    },
    ACCESS: { SECRET_FILE: join(folder, "install.secret") },
    LOG: { LEVEL: "warn" },
  };
  return Object.fromEntries(
    Object.entries(sections).flatMap(([section, options]) =>
      Object.entries(options)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [`IAI_${section}_${name}`, String(value)]),
    ),
  );
}
