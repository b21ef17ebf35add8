import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Producer } from "@platformatic/kafka";
import { createClient } from "redis";
import { call, type IaiProcess, until as untilAnswer } from "../fixtures/iai-process.ts";
import { nacosAdministrator } from "../servers/nacos/nacos-administrator.ts";
import { type Cluster, startCluster } from "./cluster.ts";

interface Alert {
  readonly trace_id: string;
  readonly device_id: string;
  readonly condition: string;
  readonly status: string;
}

interface Refused {
  readonly source: string;
  readonly detail: string;
  readonly device_id: string | null;
  readonly raw: string;
  readonly count: number;
}

/** A busy machine takes its time; nothing here is about how long. */
const LIMIT_MS = 120_000;
const until = (isSo: () => Promise<boolean>): Promise<boolean> =>
  untilAnswer(isSo, (answer) => answer, LIMIT_MS);

describe("the cluster profile on its real servers", () => {
  let cluster: Cluster;
  let ingestor: IaiProcess;
  let agents: IaiProcess;
  let console: IaiProcess;

  before(async () => {
    cluster = await startCluster();
    ingestor = await cluster.role("ingestor");
    await cluster.role("archiver");
    agents = await cluster.role("agent-server");
    console = await cluster.role("console");
  });
  after(() => cluster?.stop());

  const register = async (deviceId: string, ratedTemp: number): Promise<void> => {
    const device = {
      ...{ device_id: deviceId, device_name: deviceId, device_type: "pump" },
      ...{ factory_id: "F1", line_id: "L1", rated_temp_max: ratedTemp },
    };
    const { status } = await call(`${agents.apiUrl}/api/v1/devices`, cluster.key, { body: device });
    assert.equal(status, 201);
    // Another process takes the device over before its readings are checked by its limits.
    await until(async () => {
      const known = await call(`${ingestor.apiUrl}/api/v1/devices/${deviceId}/status`, cluster.key);
      return known.status === 200;
    });
  };
  const send = async (deviceId: string, temperature: number): Promise<number> => {
    const timestamp = Date.now();
    const body = { device_id: deviceId, timestamp, temperature, metrics: { flow: 30 } };
    const { status } = await call(`${ingestor.apiUrl}/api/v1/readings`, cluster.key, { body });
    assert.equal(status, 200);
    return timestamp;
  };
  const ask = async <T>(path: string): Promise<T> =>
    (await call<T>(`${console.apiUrl}/api/v1/${path}`, cluster.key)).body;
  const alertsOf = async (deviceId: string): Promise<readonly Alert[]> =>
    (await ask<{ items: readonly Alert[] }>(`alerts?device_id=${deviceId}`)).items;

  it("carries a reading from HTTP over Kafka and Flink to an alarm, a report and an order", async () => {
    await register("P1", 80);
    await send("P1", 50);
    await send("P1", 95);
    await until(async () => (await alertsOf("P1"))[0]?.status === "COMPLETED");
    const [alert, ...others] = await alertsOf("P1");
    assert.equal(alert?.condition, "over_temp");
    assert.deepEqual(others, []);
    const report = await ask<{ trace_id: string }>(`alerts/${alert?.trace_id}/report`);
    assert.equal(report.trace_id, alert?.trace_id);
    const orders = await ask<{ items: readonly { trace_id: string }[] }>(
      "work-orders?device_id=P1",
    );
    assert.deepEqual(
      orders.items.map(({ trace_id }) => trace_id),
      [alert?.trace_id],
    );
  });

  it("keeps its readings in InfluxDB, with the minutes that Flink computed", async () => {
    const window = `device_id=P1&from=0&to=${Date.now() + 60_000}`;
    await until(
      async () => (await ask<{ items: unknown[] }>(`readings?${window}`)).items.length === 2,
    );
    await until(async () => {
      const { items } = await ask<{ items: { metric: string; count: number }[] }>(
        `aggregates?${window}`,
      );
      const counted = items.filter(({ metric }) => metric === "temperature");
      return counted.reduce((sum, { count }) => sum + count, 0) === 2;
    });
  });

  it("copies the cool-down and the report to Redis", async () => {
    const { port, username, password, prefix } = cluster.servers.redis.connection;
    const redis = createClient({
      socket: { host: "127.0.0.1", port: Number(port) },
      username: String(username),
      password: String(password),
    });
    await redis.connect();
    const [alert] = await alertsOf("P1");
    const dedup = await redis.get(`${prefix}alert:dedup:P1:over_temp`);
    const report = await redis.exists(`${prefix}diag:cache:${alert?.trace_id}`);
    await redis.close();
    assert.equal(dedup, alert?.trace_id);
    assert.equal(report, 1);
  });

  it("puts a setting from Nacos in force while it runs", async () => {
    const administrator = nacosAdministrator(cluster.servers.nacos.connection);
    const publish = (text: string) =>
      administrator.publish({ dataId: "iai.yaml", group: "IAI" }, text);
    await register("P2", 80);
    await publish("detect: { onDelayMs: 3600000 }\n");
    // The new setting is in force when a breach that was processed raised nothing.
    await until(async () => {
      const deviceId = `Q${Date.now()}`;
      await register(deviceId, 80);
      const at = await send(deviceId, 95);
      await until(async () => {
        const status = await ask<{ last_seen_at: string | null }>(`devices/${deviceId}/status`);
        const seenAt = Date.parse(status.last_seen_at ?? "");
        return seenAt >= at || (await alertsOf(deviceId)).length > 0;
      });
      return (await alertsOf(deviceId)).length === 0;
    });
    await publish("detect: { onDelayMs: 0 }\n");
    await until(async () => {
      await send("P2", 95);
      return (await alertsOf("P2")).length > 0;
    });
  });

  it("is idle when everything accepted is through, though time goes on", async () => {
    const at = await send("P1", 51);
    const standing = async (): Promise<{ idle: boolean; lags: Record<string, number> }> =>
      await ask("system/idle");
    await until(async () => (await standing()).idle);
    const window = `device_id=P1&from=${at}&to=${at + 1}`;
    assert.equal((await ask<{ items: unknown[] }>(`readings?${window}`)).items.length, 1);
    // Not by chance between two ticks: it stays so.
    for (let look = 0; look < 5; look += 1) {
      await sleep(700);
      const { idle, lags } = await standing();
      assert.ok(idle || lags["carry"] !== 0, JSON.stringify(lags));
    }
  });

  it("keeps what the jobs could not use in quarantine, each once, with its bytes and the reason", async () => {
    const bootstrapBrokers = [`127.0.0.1:${cluster.servers.kafka.connection["port"]}`];
    const stranger = new Producer({ clientId: "stranger", bootstrapBrokers });
    const value = Buffer.from([9, 0, 255, 1]);
    await stranger.send({
      messages: [{ topic: "raw_sensor_data", key: Buffer.from("P1"), value }],
      acks: -1,
    });
    await stranger.close();
    const kept = async (): Promise<readonly Refused[]> =>
      (await ask<{ items: readonly Refused[] }>("quarantine?code=STEP_FAILED")).items;
    await until(async () => (await kept()).length >= 2);
    const rows = await kept();
    assert.deepEqual(rows.map(({ source }) => source).toSorted(), [
      "anomaly-detection",
      "metrics-aggregation",
    ]);
    for (const { device_id, raw, count } of rows)
      assert.deepEqual([device_id, raw, count], ["P1", value.toString("base64"), 1]);
    assert.match(rows[0]?.detail ?? "", /^raw_sensor_data-\d offset \d+: ./);
    const exported = cluster.run("export", "quarantine", "--device", "P1").trimEnd().split("\n");
    const steps = exported.filter((line) => JSON.parse(line).code === "STEP_FAILED");
    assert.equal(steps.length, 2);
  });

  it("shows roles, lags, jobs and checkpoints in one table", () => {
    const status = JSON.parse(cluster.run("cluster", "status", "--json"));
    assert.deepEqual(status.processes.map(({ role }: { role: string }) => role).toSorted(), [
      "agent-server",
      "archiver",
      "console",
      "ingestor",
    ]);
    assert.deepEqual(
      status.jobs.map(({ state, isCurrent }: { state: string; isCurrent: boolean }) => [
        state,
        isCurrent,
      ]),
      Array.from({ length: 3 }, () => ["RUNNING", true]),
    );
    assert.ok(status.groups.every(({ lag }: { lag: number | null }) => lag !== null));
    assert.deepEqual(status.troubles, []);
  });

  it("stops its jobs with savepoints, keeps what comes meanwhile, and goes on from them", async () => {
    await register("P4", 80);
    const stopped = cluster.run("cluster", "stop").trimEnd().split("\n");
    assert.equal(stopped.length, 3);
    await send("P4", 95);
    const deployed = cluster.run("cluster", "deploy", "--flink-lib", cluster.flinkLib);
    for (const line of stopped) {
      const savepoint = /savepoint-[\w-]+$/.exec(line)?.[0];
      assert.ok(savepoint !== undefined && deployed.includes(savepoint), `${line}\n${deployed}`);
    }
    await until(async () => (await alertsOf("P4"))[0]?.status === "COMPLETED");
    assert.equal((await alertsOf("P4")).length, 1);
    assert.equal((await alertsOf("P1")).length, 1, "nothing was said a second time");
    await until(async () => (await ask<{ idle: boolean }>("system/idle")).idle);
  });
});
