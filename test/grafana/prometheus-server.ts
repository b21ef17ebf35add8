import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDebianPrograms } from "../servers/debian-packages.ts";
import {
  endProcesses,
  freePorts,
  portOf,
  startProgram,
  waitUntilReady,
} from "../servers/processes.ts";
import type { ServerPlace } from "../servers/server.ts";
import { root } from "../tidy/sources.ts";

/** Debian's, at the version of the release that runs here. */
const programs = [
  { file: "/usr/bin/prometheus", packageName: "prometheus" },
  { file: "/usr/bin/prometheus-node-exporter", packageName: "prometheus-node-exporter" },
] as const;

const files = join(root, "deploy", "prometheus");

export interface PrometheusHandle {
  readonly url: string;
  readonly version: string;
  /** Waits until every process of IAI has been asked that often. */
  asked(times: number): Promise<void>;
  stop(): Promise<void>;
}

/** Makes sure that `promtool` is there. */
export function installPrometheus(): void {
  installDebianPrograms(programs);
}

/**
 * A real Prometheus and a node_exporter on loopback, with the configuration and the rules of `deploy/prometheus`: only
 * the addresses are other ones, and it asks every second.
 */
export async function startPrometheus(targets: readonly string[]): Promise<PrometheusHandle> {
  installPrometheus();
  const folder = mkdtempSync(join(tmpdir(), "iai-prometheus-"));
  const place: ServerPlace = { cache: folder, folder, ports: await freePorts(2) };
  const [port, nodePort] = [portOf(place, 0), portOf(place, 1)];
  writeFileSync(join(folder, "prometheus.yml"), configFor(targets, nodePort));
  copyFileSync(join(files, "iai-rules.yml"), join(folder, "iai-rules.yml"));
  mkdirSync(join(folder, "data"));
  const exporter = startProgram(place, {
    name: "node-exporter",
    command: programs[1].file,
    args: [
      `--web.listen-address=127.0.0.1:${nodePort}`,
      "--collector.disable-defaults",
      "--collector.filesystem",
    ],
  });
  const server = startProgram(place, {
    name: "prometheus",
    command: programs[0].file,
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await endProcesses([server, exporter], 10_000);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ready = async (): Promise<boolean> => (await fetch(`${url}/-/ready`)).ok;
    await waitUntilReady(place, server, { ready, withinMs: 60_000 });
  } catch (failure) {
    await stop();
    throw failure;
  }
  const said = execFileSync(programs[0].file, ["--version"], { encoding: "utf8" });
  const asked = (times: number): Promise<void> => {
    const query = `min(count_over_time(up{job="iai"}[1h])) >= ${times}`;
    const ready = async (): Promise<boolean> => {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
      const { data } = (await answer.json()) as { data: { result: readonly unknown[] } };
      return data.result.length > 0;
    };
    return waitUntilReady(place, server, { ready, withinMs: 60_000 });
  };
  return { url, version: /version (\S+)/.exec(said)?.[1] ?? "", asked, stop };
}

function configFor(targets: readonly string[], nodePort: number): string {
  const text = readFileSync(join(files, "prometheus.embedded.yml"), "utf8");
  const ours = targets.map((target) => JSON.stringify(target)).join(", ");
  return text
    .replace('"127.0.0.1:8000"', ours)
    .replace("127.0.0.1:9100", `127.0.0.1:${nodePort}`)
    .replaceAll(/(scrape|evaluation)_interval: \d+s/g, "$1_interval: 1s");
}
