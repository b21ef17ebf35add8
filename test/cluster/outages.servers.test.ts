import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { call, type IaiProcess, until as untilAnswer } from "../fixtures/iai-process.ts";
import { type Cluster, startCluster } from "./cluster.ts";

interface Reading {
  readonly device_id: string;
  readonly timestamp: number;
  readonly temperature: number;
}

const LIMIT_MS = 240_000;
const until = (isSo: () => Promise<boolean>): Promise<boolean> =>
  untilAnswer(isSo, (answer) => answer, LIMIT_MS);

/** Each has one reading in every batch. */
const DEVICES = 25;
/** 500 readings a second. */
const PAUSE_MS = 50;
/** How long each server is away under load. */
const AWAY_MS = 5_000;

describe("the cluster profile while its parts die", () => {
  let cluster: Cluster;
  const processes = new Map<string, IaiProcess>();
  const acknowledged: Reading[] = [];
  const writing = new AbortController();
  let written: Promise<void>;

  before(async () => {
    cluster = await startCluster();
    for (const role of ["ingestor", "archiver", "agent-server", "console"] as const)
      processes.set(role, await cluster.role(role));
    written = write();
  });
  after(async () => {
    writing.abort();
    await written;
    await cluster.stop();
  });

  const urlOf = (role: string): string => processes.get(role)?.apiUrl ?? "";

  /** Sends until it is told to stop; what is not acknowledged is sent again, as a gateway does. */
  async function write(): Promise<void> {
    let last = 0;
    while (!writing.signal.aborted) {
      const timestamp = Math.max(Date.now(), last + 1);
      last = timestamp;
      const batch = Array.from({ length: DEVICES }, (_, i) => ({
        device_id: `W${i}`,
        timestamp,
        temperature: 50 + ((timestamp + i) % 7),
      }));
      await sendAll(batch);
      await sleep(PAUSE_MS);
    }
  }

  async function sendAll(batch: readonly Reading[]): Promise<void> {
    while (!writing.signal.aborted) {
      const url = `${urlOf("ingestor")}/api/v1/readings`;
      const answer = await call(url, cluster.key, { body: batch }).catch(() => null);
      if (answer?.status === 200) {
        acknowledged.push(...batch);
        return;
      }
      await sleep(200);
    }
  }

  const register = (deviceId: string): Promise<boolean> =>
    until(async () => {
      const body = {
        ...{ device_id: deviceId, device_name: deviceId, device_type: "pump" },
        ...{ factory_id: "F1", line_id: "L1", rated_temp_max: 80 },
      };
      const url = `${urlOf("agent-server")}/api/v1/devices`;
      const answer = await call(url, cluster.key, { body }).catch(() => null);
      return answer?.status === 201 || answer?.status === 200 || answer?.status === 409;
    });

  /** One alarm, its report and its order come of a breach that was sent while `outage` lasted. */
  async function survives(deviceId: string, outage: () => Promise<void>): Promise<void> {
    await register(deviceId);
    await until(async () => {
      const url = `${urlOf("ingestor")}/api/v1/devices/${deviceId}/status`;
      return (await call(url, cluster.key).catch(() => null))?.status === 200;
    });
    const breach = sleep(500).then(() =>
      sendAll([{ device_id: deviceId, timestamp: Date.now(), temperature: 99 }]),
    );
    await outage();
    await breach;
    const alertsUrl = `${urlOf("console")}/api/v1/alerts?device_id=${deviceId}`;
    const alerts = async (): Promise<readonly { status: string }[]> =>
      (await call<{ items?: { status: string }[] }>(alertsUrl, cluster.key)).body.items ?? [];
    await until(async () => (await alerts().catch(() => []))[0]?.status === "COMPLETED");
    assert.equal((await alerts()).length, 1);
    const ordersUrl = `${urlOf("console")}/api/v1/work-orders?device_id=${deviceId}`;
    const orders = await call<{ items: unknown[] }>(ordersUrl, cluster.key);
    assert.equal(orders.body.items.length, 1);
  }

  for (const name of ["kafka", "influxdb", "mysql", "redis", "nacos"] as const) {
    it(`goes on after kill -9 of ${name}`, () =>
      survives(`K-${name}`, async () => {
        await cluster.servers[name].kill();
        await sleep(AWAY_MS);
        await cluster.servers[name].restart();
      }));
  }

  for (const role of ["ingestor", "archiver", "agent-server", "console"] as const) {
    it(`goes on after kill -9 of the ${role}`, () =>
      survives(`K-${role}`, async () => {
        await processes.get(role)?.kill();
        processes.set(role, await cluster.role(role));
      }));
  }

  it("goes on after kill -9 of a TaskManager, with the one that stands by", () =>
    survives("K-taskmanager", () => cluster.servers.flink.kill("taskmanager-1")));

  it("goes on after kill -9 of the JobManager, from the newest checkpoint", () =>
    survives("K-jobmanager", async () => {
      await cluster.servers.flink.kill("jobmanager");
      await cluster.servers.flink.restart();
      cluster.deploy();
    }));

  it("has stored every acknowledged reading exactly once", async () => {
    writing.abort();
    await written;
    const expected = new Map<string, number[]>();
    for (const { device_id: id, timestamp } of acknowledged)
      expected.set(id, [...(expected.get(id) ?? []), timestamp]);
    for (const [deviceId, times] of expected) {
      if (!deviceId.startsWith("W")) continue;
      await until(async () => (await storedOf(deviceId)).length >= times.length);
      assert.deepEqual(
        await storedOf(deviceId),
        times.toSorted((a, b) => a - b),
      );
    }
    console.log(`${acknowledged.length} readings were acknowledged`);
  });

  async function storedOf(deviceId: string): Promise<readonly number[]> {
    const times: number[] = [];
    const query = `device_id=${deviceId}&from=0&to=${Date.now() + 60_000}&limit=10000`;
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Page = await pageOf(query, cursor);
      times.push(...page.items.map(({ timestamp }) => new Date(timestamp).getTime()));
      cursor = page.next_cursor;
    }
    return times;
  }

  async function pageOf(query: string, cursor: string): Promise<Page> {
    const from = cursor === "" ? "" : `&cursor=${cursor}`;
    const url = `${urlOf("console")}/api/v1/readings?${query}${from}`;
    return (await call<Page>(url, cluster.key)).body;
  }
});

interface Page {
  readonly items: readonly Reading[];
  readonly next_cursor: string | null;
}
