import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSqliteRecordStore } from "../../src/backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createRandom } from "../../src/kernel/random.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const folder = temporaryFolder("agent-crash");
const worker = new URL("./crash-worker.ts", import.meta.url).pathname;
const ALARMS = 60;
const KILLS = 40;

/** Runs a worker; true: it ended by itself with nothing left to do. */
async function run(
  path: string,
  alarms: number,
  death: { readonly afterMs?: number; readonly point?: string },
): Promise<boolean> {
  const env = { ...process.env, IAI_CRASH_POINT: death.point ?? "" };
  const child = spawn(process.execPath, [worker, path, String(alarms)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  if (death.afterMs !== undefined) {
    await Promise.race([once(child.stdout, "data"), ended]);
    await systemClock.sleep(death.afterMs);
    child.kill("SIGKILL");
  }
  const [code] = await ended;
  return code === 0;
}

/** Every alarm has ended in one report of its first revision, and at most one order. */
async function assertEnded(path: string, alarms: number): Promise<void> {
  const records = await openSqliteRecordStore({ path, clock: systemClock, log: silentLog });
  try {
    await records.read(async (tx) => {
      const rows = await tx.list("alert_log", {});
      assert.equal(rows.length, alarms);
      for (const row of rows) assert.equal(row.status, "COMPLETED", row.traceId);
      const reports = await tx.list("diagnosis_report", {});
      assert.equal(reports.length, alarms);
      for (const report of reports) assert.equal(report.revision, 1);
      const orders = await tx.list("work_order", {});
      assert.equal(new Set(orders.map(({ traceId }) => traceId)).size, orders.length);
      assert.equal(orders.length, alarms);
      const told = await tx.list("history", { where: { subject: "order" } });
      assert.equal(told.length, orders.length);
      const diagnosed = await tx.list("history", { where: { action: "diagnosed" } });
      assert.equal(diagnosed.length, alarms);
    });
  } finally {
    await records.close();
  }
}

describe("an agent that is killed between alarm and order", () => {
  for (const point of ["E.before", "E.after", "F.before", "F.after"]) {
    it(`at ${point}, three times in a row, leaves one report and one order an alarm`, async () => {
      const path = join(folder, `${point}.db`);
      for (let time = 0; time < 3; time += 1) {
        assert.equal(await run(path, 3, { point }), false);
      }
      assert.equal(await run(path, 3, {}), true);
      await assertEnded(path, 3);
    });
  }

  it(`at ${KILLS} random moments leaves one report and one order an alarm, and none is stuck`, async () => {
    const seed = 20261124;
    const random = createRandom(seed);
    const path = join(folder, "random.db");
    let kills = 0;
    while (kills < KILLS) {
      const done = await run(path, ALARMS, { afterMs: random.integer(120) });
      if (done) break;
      kills += 1;
    }
    const last = performance.now();
    await run(path, ALARMS, {});
    const tookMs = performance.now() - last;
    await assertEnded(path, ALARMS);
    assert.ok(tookMs < 90_000, `the rest took ${tookMs} ms`);
    assert.ok(kills === KILLS, `seed ${seed}: only ${kills} kills before all was done`);
  });
});
