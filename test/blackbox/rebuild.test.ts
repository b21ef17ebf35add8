import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  call,
  createKey,
  type IaiProcess,
  runIai,
  startIai,
  untilIdle,
} from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const kinds = ["readings", "aggregates", "anomalies", "alerts", "reports", "orders"] as const;
const SECONDS = 900;

describe("iai rebuild", () => {
  it("makes the same readings, minutes, episodes, alarms, reports and orders again, none twice", async () => {
    const dataDir = temporaryFolder("rebuild");
    const admin = await live(dataDir);
    const before = exported(dataDir);
    for (const kind of kinds) assert.ok(before[kind].length > 0, `no ${kind} to begin with`);

    await rebuildAndStart(dataDir, admin);
    assert.deepEqual(exported(dataDir), before);

    // Whatever became of the projections: the log alone gives them again.
    rmSync(join(dataDir, "telemetry"), { recursive: true });
    await rebuildAndStart(dataDir, admin);
    assert.deepEqual(exported(dataDir), before);
  });

  it("is refused while IAI runs on the folder", async () => {
    const dataDir = temporaryFolder("rebuild");
    const iai = await startIai({ dataDir });
    assert.equal(runIai(["rebuild", "--data-dir", dataDir]).status, 1);
    assert.equal(await iai.stop(), 0);
  });
});

async function rebuildAndStart(dataDir: string, admin: string): Promise<void> {
  const done = runIai(["rebuild", "--data-dir", dataDir]);
  assert.equal(done.status, 0, done.stderr);
  const iai = await startIai({ dataDir });
  await untilIdle(iai.apiUrl, admin);
  assert.equal(await iai.stop(), 0);
}

/** A plant's quarter of an hour: an alarm that is acknowledged and closed, one that clears, one that stays. */
async function live(dataDir: string): Promise<string> {
  const iai = await startIai({ dataDir });
  const key = createKey(dataDir, "ingest");
  const admin = createKey(dataDir, "admin");
  for (const device_id of ["R1", "R2", "R3"]) {
    const body = {
      device_id,
      device_name: device_id,
      device_type: "pump",
      factory_id: "F1",
      line_id: "L1",
      rated_temp_max: 90,
    };
    assert.equal((await call(`${iai.apiUrl}/api/v1/devices`, admin, { body })).status, 201);
  }
  const base = Date.now() - SECONDS * 1_000;
  await send(iai, key, { from: 0, to: 600, base });
  await untilIdle(iai.apiUrl, admin);
  await actOn(iai, admin, "R1");
  await send(iai, key, { from: 600, to: SECONDS, base });
  await untilIdle(iai.apiUrl, admin);
  assert.equal(await iai.stop(), 0);
  return admin;
}

/** R1 runs hot from 300 s on, R2 from 200 s to 400 s, R3 from 700 s on. */
function temperatureOf(deviceId: string, second: number): number {
  const isHot =
    (deviceId === "R1" && second >= 300) ||
    (deviceId === "R2" && second >= 200 && second < 400) ||
    (deviceId === "R3" && second >= 700);
  return (isHot ? 96 : 60) + (second % 7) / 10;
}

async function send(
  iai: IaiProcess,
  key: string,
  span: { readonly from: number; readonly to: number; readonly base: number },
): Promise<void> {
  for (let second = span.from; second < span.to; second += 100) {
    const body = Array.from({ length: 100 }, (_, k) => second + k).flatMap((at) =>
      ["R1", "R2", "R3"].map((device_id) => ({
        device_id,
        timestamp: span.base + at * 1_000,
        temperature: temperatureOf(device_id, at),
        metrics: { flow: 30 + (at % 5) },
      })),
    );
    assert.equal((await call(`${iai.apiUrl}/api/v1/readings`, key, { body })).status, 200);
  }
}

/** Everything a person does about an alarm. */
async function actOn(iai: IaiProcess, admin: string, deviceId: string): Promise<void> {
  const api = `${iai.apiUrl}/api/v1`;
  const alerts = await call<{ items: { trace_id: string }[] }>(
    `${api}/alerts?device_id=${deviceId}`,
    admin,
  );
  const traceId = alerts.body.items[0]?.trace_id ?? "none";
  const done = async (path: string, body: unknown): Promise<void> =>
    assert.equal((await call(`${api}/${path}`, admin, { body })).status, 200, path);
  await done(`alerts/${traceId}/acknowledge`, { reason: "seen" });
  await done(`alerts/${traceId}/assign`, { assignee: "ann" });
  const orders = await call<{ items: { order_no: string }[] }>(
    `${api}/work-orders?device_id=${deviceId}`,
    admin,
  );
  const orderNo = orders.body.items[0]?.order_no ?? "none";
  await done(`work-orders/${orderNo}/approve`, { reason: "go" });
  await done(`work-orders/${orderNo}/start`, {});
  await done(`work-orders/${orderNo}/complete`, {
    verdict: { alarm: "right", cause: "cooling", fix: "repair", note: "fan was stuck" },
    reason: "the machine is still warm",
  });
}

type Rows = Readonly<Record<(typeof kinds)[number], readonly unknown[]>>;

function exported(dataDir: string): Rows {
  const rows = kinds.map((kind) => {
    const done = runIai(["export", kind, "--data-dir", dataDir]);
    assert.equal(done.status, 0, done.stderr);
    const lines = done.stdout.split("\n").filter((line) => line !== "");
    return [kind, lines.map((line) => JSON.parse(line) as unknown)];
  });
  return Object.fromEntries(rows) as Rows;
}
