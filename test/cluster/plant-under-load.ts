import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { call, type IaiProcess, until as untilAnswer } from "../fixtures/iai-process.ts";
import { type Cluster, startCluster } from "./cluster.ts";

interface Reading {
  readonly device_id: string;
  readonly timestamp: number;
  readonly temperature: number;
}

interface Page {
  readonly items: readonly Reading[];
  readonly next_cursor: string | null;
}

const roles = ["ingestor", "archiver", "agent-server", "console"] as const;
type Role = (typeof roles)[number];

/** A busy machine takes its time; a promise that is not kept within this is broken. */
const LIMIT_MS = 240_000;
const until = (isSo: () => Promise<boolean>): Promise<boolean> =>
  untilAnswer(isSo, (answer) => answer, LIMIT_MS);

/** Each has one reading in every batch. */
const DEVICES = 25;
/** 500 readings a second. */
const PAUSE_MS = 50;

/** The cluster profile at work: one process of each role, and gateways that send all the time. */
export class PlantUnderLoad {
  readonly cluster: Cluster;
  readonly acknowledged: Reading[] = [];
  readonly #processes = new Map<Role, IaiProcess>();
  readonly #stopped = new AbortController();
  #isPaused = false;
  #written: Promise<void> = Promise.resolve();

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async start(): Promise<PlantUnderLoad> {
    const plant = new PlantUnderLoad(await startCluster());
    for (const role of roles) plant.#processes.set(role, await plant.cluster.role(role));
    plant.#written = plant.#write();
    return plant;
  }

  async stop(): Promise<void> {
    await this.stopSending();
    await this.cluster.stop();
  }

  /** Kills the process of a role and starts another one on its folder. */
  async replace(role: Role): Promise<void> {
    await this.#processes.get(role)?.kill();
    this.#processes.set(role, await this.cluster.role(role));
  }

  async stopSending(): Promise<void> {
    this.#stopped.abort();
    await this.#written;
  }

  /** One alarm, its report and its order come of a breach that is sent while `outage` lasts. */
  async survives(deviceId: string, outage: () => Promise<void>): Promise<void> {
    await this.#register(deviceId);
    const breach = sleep(500).then(() =>
      this.#sendAll([{ device_id: deviceId, timestamp: Date.now(), temperature: 99 }]),
    );
    await outage();
    await breach;
    const alerts = async (): Promise<readonly { status: string }[]> =>
      (await this.#ask<{ items?: { status: string }[] }>(`alerts?device_id=${deviceId}`)).items ??
      [];
    await until(async () => (await alerts().catch(() => []))[0]?.status === "COMPLETED");
    assert.equal((await alerts()).length, 1);
    const orders = await this.#ask<{ items: unknown[] }>(`work-orders?device_id=${deviceId}`);
    assert.equal(orders.items.length, 1);
  }

  /**
   * Nothing new is sent any more until everything accepted is through: in Kafka, archived, aggregated, stepped,
   * diagnosed. Answers how long that took, ms.
   */
  async drains(): Promise<number> {
    const begin = performance.now();
    this.#isPaused = true;
    try {
      // What lies in an outbox its own process knows alone.
      for (const role of ["ingestor", "agent-server"] as const)
        await until(async () => {
          const url = `${this.#urlOf(role)}/api/v1/system/idle`;
          const answer = await call<{ idle?: boolean }>(url, this.cluster.key).catch(() => null);
          return answer?.body.idle === true;
        });
      return performance.now() - begin;
    } finally {
      this.#isPaused = false;
    }
  }

  /** Every acknowledged reading of the gateways is in the telemetry store, once, and no other. */
  async hasStoredEachOnce(): Promise<void> {
    const sent = Map.groupBy(this.acknowledged, ({ device_id: id }) => id);
    for (const [deviceId, readings] of sent) {
      if (!deviceId.startsWith("W")) continue;
      await until(async () => (await this.#storedOf(deviceId)).length >= readings.length);
      const times = readings.map(({ timestamp }) => timestamp);
      assert.deepEqual(
        await this.#storedOf(deviceId),
        times.toSorted((a, b) => a - b),
      );
    }
  }

  #urlOf(role: Role): string {
    return this.#processes.get(role)?.apiUrl ?? "";
  }

  async #ask<T>(path: string): Promise<T> {
    return (await call<T>(`${this.#urlOf("console")}/api/v1/${path}`, this.cluster.key)).body;
  }

  async #register(deviceId: string): Promise<void> {
    const body = {
      ...{ device_id: deviceId, device_name: deviceId, device_type: "pump" },
      ...{ factory_id: "F1", line_id: "L1", rated_temp_max: 80 },
    };
    await until(async () => {
      const url = `${this.#urlOf("agent-server")}/api/v1/devices`;
      const answer = await call(url, this.cluster.key, { body }).catch(() => null);
      return answer !== null && [200, 201, 409].includes(answer.status);
    });
    // Another process takes the device over before its readings are checked by its limits.
    await until(async () => {
      const url = `${this.#urlOf("ingestor")}/api/v1/devices/${deviceId}/status`;
      return (await call(url, this.cluster.key).catch(() => null))?.status === 200;
    });
  }

  /** Sends until it is told to stop; what is not acknowledged is sent again, as a gateway does. */
  async #write(): Promise<void> {
    let last = 0;
    while (!this.#stopped.signal.aborted) {
      await sleep(PAUSE_MS);
      if (this.#isPaused) continue;
      const timestamp = Math.max(Date.now(), last + 1);
      last = timestamp;
      const batch = Array.from({ length: DEVICES }, (_, i) => ({
        device_id: `W${i}`,
        timestamp,
        temperature: 50 + ((timestamp + i) % 7),
      }));
      await this.#sendAll(batch);
    }
  }

  async #sendAll(batch: readonly Reading[]): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const url = `${this.#urlOf("ingestor")}/api/v1/readings`;
      const answer = await call(url, this.cluster.key, { body: batch }).catch(() => null);
      if (answer?.status === 200) {
        this.acknowledged.push(...batch);
        return;
      }
      await sleep(200);
    }
  }

  async #storedOf(deviceId: string): Promise<readonly number[]> {
    const times: number[] = [];
    const query = `device_id=${deviceId}&from=0&to=${Date.now() + 60_000}&limit=10000`;
    for (let cursor: string | null = ""; cursor !== null; ) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: Page = await this.#ask(`readings?${query}${from}`);
      times.push(...page.items.map(({ timestamp }) => new Date(timestamp).getTime()));
      cursor = page.next_cursor;
    }
    return times;
  }
}

/** The task manager that runs most of the jobs' subtasks: which one gets them is Flink's choice. */
export async function busiestTaskManager({ servers }: Cluster): Promise<string> {
  const url = String(servers.flink.connection["url"]);
  const ask = async <T>(path: string): Promise<T> => (await fetch(`${url}/${path}`)).json() as T;
  const counts = new Map<string, number>();
  const { jobs } = await ask<{ jobs: { id: string; status: string }[] }>("jobs");
  for (const { id } of jobs.filter(({ status }) => status === "RUNNING")) {
    const { vertices } = await ask<{ vertices: { id: string }[] }>(`jobs/${id}`);
    for (const vertex of vertices) {
      const { subtasks } = await ask<{ subtasks: { "taskmanager-id": string }[] }>(
        `jobs/${id}/vertices/${vertex.id}`,
      );
      for (const { "taskmanager-id": name } of subtasks)
        counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const [busiest] = [...counts].toSorted(([, a], [, b]) => b - a);
  assert.ok(busiest !== undefined, "a job runs");
  return busiest[0];
}
