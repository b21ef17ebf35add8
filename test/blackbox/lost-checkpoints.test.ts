import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { call, createKey, type IaiProcess, startIai, untilIdle } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

describe("checkpoints that are lost", () => {
  it("leave a machine protected by its limits although the log has forgotten how they were set", async () => {
    const dataDir = temporaryFolder("checkpoints");
    const admin = createKey(dataDir, "admin");
    const before = await startIai({ dataDir });
    const device = {
      device_id: "P",
      device_name: "Pump",
      device_type: "pump",
      factory_id: "F",
      line_id: "L",
      rated_temp_max: 90,
    };
    assert.equal(
      (await call(`${before.apiUrl}/api/v1/devices`, admin, { body: device })).status,
      201,
    );
    await send(before, admin, { age: 60_000, temperature: 60 });
    assert.equal(await before.stop(), 0);

    for (const suffix of ["", "-wal", "-shm"])
      rmSync(join(dataDir, `checkpoints.db${suffix}`), { force: true });
    const log = new DatabaseSync(join(dataDir, "log", "log.db"));
    log.exec('DELETE FROM "commit" WHERE first_offset < (SELECT max(first_offset) FROM "commit")');
    log.close();

    const after = await startIai({ dataDir });
    await send(after, admin, { age: 1_000, temperature: 95 });
    const { body } = await call<{ items: readonly { condition: string; severity: string }[] }>(
      `${after.apiUrl}/api/v1/alerts?device_id=P`,
      admin,
    );
    assert.deepEqual(
      body.items.map(({ condition, severity }) => [condition, severity]),
      [["over_temp", "P0"]],
    );
    await after.stop();
  });
});

async function send(
  iai: IaiProcess,
  key: string,
  reading: { readonly age: number; readonly temperature: number },
): Promise<void> {
  const body = {
    device_id: "P",
    timestamp: Date.now() - reading.age,
    temperature: reading.temperature,
  };
  assert.equal((await call(`${iai.apiUrl}/api/v1/readings`, key, { body })).status, 200);
  await untilIdle(iai.apiUrl, key);
}
