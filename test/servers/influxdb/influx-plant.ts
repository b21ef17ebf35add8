import { createHash } from "node:crypto";
import {
  type InfluxTelemetryConfig,
  influxTelemetryConfig,
} from "../../../src/backends/telemetry-store/influxdb/config.ts";
import {
  type InfluxTelemetryDeps,
  type InfluxTelemetryStore,
  openInfluxTelemetryStore,
} from "../../../src/backends/telemetry-store/influxdb/influx-telemetry-store.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { minuteArithmetic } from "../../../src/pipeline/aggregate/aggregate-minutes.ts";
import type { ServerHandle } from "../server-handle.ts";

/** One table of an answer of InfluxDB. */
interface Table {
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** A running InfluxDB with stores on it, and its administrator, who sees what is really there. */
export interface InfluxPlant {
  /** A store in the database of that place. */
  open(
    place: string,
    options?: Partial<InfluxTelemetryConfig>,
    deps?: Partial<InfluxTelemetryDeps>,
  ): Promise<InfluxTelemetryStore>;
  config(place: string, options?: Partial<InfluxTelemetryConfig>): InfluxTelemetryConfig;
  /** Rows of the first table of an InfluxQL answer. */
  ask(place: string, query: string): Promise<readonly (readonly unknown[])[]>;
  /** Writes line protocol past every store. */
  write(place: string, policy: string, lines: string): Promise<void>;
}

export function influxPlant(server: () => ServerHandle): InfluxPlant {
  let writers = 0;
  const config: InfluxPlant["config"] = (place, options = {}) => {
    const { url, username, password } = server().connection;
    const database = databaseOf(place);
    const given = { kind: "influxdb", url, username, password, database, ...options };
    return influxTelemetryConfig.parse(given);
  };
  const post = async (path: string, body: string | URLSearchParams): Promise<string> => {
    const { url, username, password } = server().connection;
    const headers = { Authorization: `Basic ${btoa(`${username}:${password}`)}` };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`InfluxDB: ${answer.status} ${await answer.text()}`);
    return answer.text();
  };
  return {
    config,
    open: (place, options, deps = {}) => {
      writers += 1;
      const own = writers / 2 ** 20;
      return openInfluxTelemetryStore(config(place, options), {
        clock: systemClock,
        log: silentLog,
        random: () => own,
        aggregate: minuteArithmetic,
        ...deps,
      });
    },
    ask: async (place, query) => {
      const path = `/query?db=${databaseOf(place)}&epoch=ms`;
      const text = await post(path, new URLSearchParams({ q: query }));
      const { results } = JSON.parse(text) as {
        results: readonly { readonly error?: string; readonly series?: readonly Table[] }[];
      };
      const [first] = results;
      if (first?.error !== undefined) throw new Error(`InfluxDB: ${first.error}`);
      return first?.series?.flatMap(({ values }) => values) ?? [];
    },
    write: async (place, policy, lines) => {
      await post(`/write?db=${databaseOf(place)}&rp=${policy}&precision=ms`, lines);
    },
  };
}

function databaseOf(place: string): string {
  return `iai_${createHash("sha256").update(place).digest("hex").slice(0, 12)}`;
}
