import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { call, createKey, runIai, startIai, untilIdle } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { root } from "../tidy/sources.ts";

const READINGS = 30_000;

describe("iai export", () => {
  it("gives the same rows beside a running IAI, after a kill -9 and after a stop", async () => {
    const dataDir = temporaryFolder("export");
    const iai = await startIai({ dataDir });
    const key = createKey(dataDir, "ingest");
    const admin = createKey(dataDir, "admin");
    const base = Date.now() - READINGS * 1_000;
    for (let i = 0; i < READINGS; i += 1_000) {
      const body = Array.from({ length: 1_000 }, (_, k) => ({
        device_id: `E${k % 3}`,
        timestamp: base + (i + k) * 1_000,
        temperature: 40 + (k % 9),
      }));
      assert.equal((await call(`${iai.apiUrl}/api/v1/readings`, key, { body })).status, 200);
    }
    await untilIdle(iai.apiUrl, admin);
    const kinds = ["readings", "aggregates"] as const;
    const beside = kinds.map((kind) => rowsOf(dataDir, kind));
    assert.equal(beside[0]?.length, READINGS);
    const counted = (beside[1] ?? []).reduce((sum, row) => sum + Number(row["count"]), 0);
    assert.equal(counted, READINGS);
    await iai.kill();
    assert.deepEqual(
      kinds.map((kind) => rowsOf(dataDir, kind)),
      beside,
    );
    const again = await startIai({ dataDir });
    assert.equal(await again.stop(), 0);
    assert.deepEqual(
      kinds.map((kind) => rowsOf(dataDir, kind)),
      beside,
    );
    await readerLeaves(dataDir);
  });

  it("says so when the disk takes no more, and ends with 1", () => {
    const dataDir = temporaryFolder("export");
    createKey(dataDir, "viewer");
    const entry = join(root, "src", "app", "cli", "main.ts");
    const run = spawnSync(process.execPath, [entry, "export", "audit", "--data-dir", dataDir], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      encoding: "utf8",
    });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^iai: .*\[STORAGE_IO_ERROR\]\n$/);
  });

  it("ends with 2 when asked for what it does not know, with 1 where there is no data", () => {
    const dataDir = temporaryFolder("export");
    assert.equal(runIai(["export", "pumps", "--data-dir", dataDir]).status, 2);
    assert.equal(runIai(["export", "alerts", "--from", "noon", "--data-dir", dataDir]).status, 2);
    assert.equal(runIai(["export", "alerts", "--data-dir", join(dataDir, "none")]).status, 1);
  });
});

function rowsOf(dataDir: string, kind: string): readonly Record<string, unknown>[] {
  const done = runIai(["export", kind, "--data-dir", dataDir]);
  assert.equal(done.status, 0, done.stderr);
  return done.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** `iai export … | head`: the export ends in silence. */
async function readerLeaves(dataDir: string): Promise<void> {
  const entry = join(root, "src", "app", "cli", "main.ts");
  const child = spawn(process.execPath, [entry, "export", "readings", "--data-dir", dataDir], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString("utf8");
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = (await once(child, "exit")) as [number | null];
  assert.deepEqual([code, said], [0, ""]);
}
