import { existsSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { Lifecycle } from "../../../kernel/lifecycle.ts";
import { createLog, silentLog } from "../../../kernel/log.ts";
import { type ClusterStatus, clusterStatus } from "../../cluster/cluster-status.ts";
import { deployCluster } from "../../cluster/deploy-cluster.ts";
import { stopCluster } from "../../cluster/stop-cluster.ts";
import { untilTopics } from "../../cluster/until-bus.ts";
import { openConfiguration } from "../../config/open-configuration.ts";
import type { Config } from "../../config/schema.ts";
import { dataDirAt, lockDataDir } from "../../data-dir.ts";
import { buildJobs } from "../../jobs/built-jobs.ts";
import { openFoundation } from "../../runtime/foundation.ts";
import { requireSharedBackends } from "../../runtime/shared-backends.ts";
import { configFileOf, type SettingOptions } from "../settings.ts";
import { formatTable } from "../table.ts";

/** `iai cluster deploy`: the jobs of this version into Flink, going on where the running ones stop. */
export async function runClusterDeploy(
  options: SettingOptions & { readonly flinkLib?: string },
): Promise<number> {
  const flinkLib = options.flinkLib === undefined ? null : jarsIn(options.flinkLib);
  const say = (line: string): void => console.log(line);
  const jobs = await withConfig(options, (config) =>
    deployCluster({ config, flinkLib, log: createLog("warn"), say }),
  );
  for (const { name, jobId, restoredFrom } of jobs) {
    const from = restoredFrom === null ? "begins anew" : `goes on from ${restoredFrom}`;
    say(`${name}  ${jobId}  ${from}`);
  }
  return 0;
}

/** `iai cluster build`: the jobs as a jar, for machines without a JDK. */
export async function runClusterBuild(options: {
  readonly flinkLib: string;
  readonly out?: string;
}): Promise<number> {
  const { jarFile, sourcesHash } = await buildJobs(jarsIn(options.flinkLib), options.out ?? null);
  console.log(`${jarFile}  steps ${sourcesHash.slice(0, 12)}`);
  return 0;
}

/** `iai cluster stop`: each job with a savepoint, from which the next deployment goes on. Roles are left alone. */
export async function runClusterStop(options: SettingOptions): Promise<number> {
  const stopped = await withConfig(options, stopCluster);
  for (const { name, jobId, savepoint } of stopped) {
    const how = savepoint ?? "no savepoint: its newest checkpoint is as good";
    console.log(`${name}  ${jobId}  ${how}`);
  }
  if (stopped.length === 0) console.log("no job runs");
  return 0;
}

function jarsIn(folder: string): string {
  if (existsSync(folder)) return folder;
  const message = `Cannot build the jobs: there is no folder "${folder}" with Flink's jars, nothing was changed; name it with --flink-lib`;
  throw new IaiError("USAGE", message);
}

/** `iai cluster status`: who runs, how far each is, in one table. Exit code 1 when something needs attention. */
export async function runClusterStatus(
  options: SettingOptions & { readonly json?: boolean },
): Promise<number> {
  const status = await withConfig(options, statusOf);
  if (options.json === true) console.log(JSON.stringify(status));
  else printStatus(status);
  const isWell =
    status.troubles.length === 0 &&
    status.jobs.length > 0 &&
    status.jobs.every(({ state, isCurrent }) => state === "RUNNING" && isCurrent);
  return isWell ? 0 : 1;
}

async function withConfig<R>(
  options: SettingOptions,
  work: (config: Config) => Promise<R>,
): Promise<R> {
  const configuration = await openConfiguration({
    file: configFileOf(options),
    dataDir: options.dataDir ?? null,
    log: silentLog,
  });
  try {
    return await work(configuration.config);
  } finally {
    await configuration.close();
  }
}

const BUS_LIMIT_MS = 5_000;

async function statusOf(config: Config): Promise<ClusterStatus> {
  requireSharedBackends(config);
  const dir = dataDirAt(config.dataDir);
  const lock = lockDataDir(dir);
  const life = new Lifecycle(silentLog);
  try {
    const onFatal = (): void => undefined;
    const foundation = await openFoundation({ config, dir, log: silentLog, life, onFatal });
    // A Kafka that does not answer is told in the table.
    await untilTopics(foundation.bus, BUS_LIMIT_MS).catch(() => undefined);
    return await clusterStatus(foundation, config);
  } finally {
    await life.close();
    lock.release();
  }
}

function printStatus({ processes, groups, flinkVersion, jobs, troubles }: ClusterStatus): void {
  const since = (at: number | null): string =>
    at === null ? "never" : `${Math.max(0, Math.round((systemClock.now() - at) / 1000))} s ago`;
  const rows = [
    ["WHAT", "NAME", "STATE", "DETAIL"],
    ...processes.map(({ role, host, pid, apiUrl, version, seenAt }) => [
      "process",
      role,
      `heard of ${since(seenAt)}`,
      `${apiUrl}  version ${version}  ${host}/${pid}`,
    ]),
    ...groups.map(({ group, lag }) => ["lag", group, lag === null ? "unknown" : String(lag), ""]),
    ...jobs.map(({ name, state, checkpointAt, isCurrent }) => [
      "job",
      name,
      state,
      `checkpoint ${since(checkpointAt)}${isCurrent ? "" : "  OTHER STEPS than this version: run `./iai cluster deploy`"}`,
    ]),
  ];
  console.log(formatTable(rows));
  console.log(`Flink ${flinkVersion ?? "does not answer"}`);
  if (processes.length === 0) console.log("No role tells of itself: start one with `./iai role`.");
  if (jobs.length === 0)
    console.log("No job of this plant runs: `./iai cluster deploy` starts them.");
  for (const trouble of troubles) console.log(`trouble: ${trouble}`);
}
