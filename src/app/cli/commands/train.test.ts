import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { createRandom } from "../../../kernel/random.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const folder = temporaryFolder("train-cli");
const dataDir = join(folder, "data");
const runs = join(folder, "runs");
const map = join(folder, "map.yaml");

async function iai(...args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args, "--data-dir", dataDir], { cwd: folder });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { out, err, code: Number(code) };
}

/** Ten pumps in one file, an hour a row; vibration grows over the last thirty hours. */
function writeRuns(): void {
  const random = createRandom(5);
  const rows = Array.from({ length: 10 }, (_, pump) => {
    const life = 60 + 3 * pump;
    return Array.from({ length: life }, (_, hour) => {
      const vibration = 0.2 + Math.max(0, hour - life + 30) / 100 + 0.01 * random.normal();
      return `PUMP_${pump},${hour},${vibration.toFixed(4)}`;
    });
  });
  mkdirSync(runs);
  writeFileSync(join(runs, "pumps.csv"), ["pump,t_h,vib", ...rows.flat()].join("\n"));
  const lines = [
    'timestamp: { column: t_h, unit: h, start: "2026-01-01T00:00:00Z" }',
    "device: { column: pump }",
    "metrics:",
    "  vibration: { column: vib, unit: g }",
  ];
  writeFileSync(map, lines.join("\n"));
}

describe("iai train", () => {
  it("stores a model trained on recordings, says what it is worth, and counts its versions", async () => {
    writeRuns();
    assert.equal((await iai("key", "list")).code, 0);
    const train = ["train", "--type", "pump", "--folder", runs, "--map", map, "--json"];
    const first = await iai(...train);
    assert.equal(first.code, 0, first.err);
    const said = JSON.parse(first.out);
    assert.deepEqual([said.model_id, said.histories, said.step_ms], ["pump:1", 10, 3_600_000]);
    assert.ok(said.rmse_steps < said.rmse_of_mean_steps);
    assert.equal(JSON.parse((await iai(...train)).out).model_id, "pump:2");
    assert.equal((await iai("verify-audit")).code, 0);
  });

  it("ends with 1 where there are too few runs, and with 2 where the command is wrong", async () => {
    assert.equal((await iai("train", "--type", "fan")).code, 1);
    assert.equal((await iai("train", "--type", "fan", "--step", "soon")).code, 2);
    assert.equal((await iai("train", "--type", "fan", "--folder", runs)).code, 2);
    assert.equal((await iai("train")).code, 2);
  });
});
