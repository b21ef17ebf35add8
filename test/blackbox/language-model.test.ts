import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { call, createKey, type IaiProcess, startIai, until } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { type GlmSimulator, openGlmSimulator } from "../glm-simulator/glm-simulator.ts";

let simulator: GlmSimulator;
let iai: IaiProcess;
let key: string;
// Not in the hook: its end would take the folder away.
const dataDir = join(temporaryFolder("language-model"), "data");

const yaml = (model: string): string =>
  JSON.stringify({
    log: { level: "info" },
    languageModel: {
      kind: "openai-compatible",
      baseUrl: simulator.baseUrl,
      model,
      budget: { callsPerMinute: null, callsPerHour: null },
      breaker: { failures: 1 },
    },
  });

before(async () => {
  simulator = await openGlmSimulator();
  iai = await startIai({ dataDir, yaml: yaml("glm-4.7"), forSuite: true });
  key = createKey(dataDir, "admin");
});
after(async () => {
  await iai?.stop();
  await simulator?.close();
});

interface Readiness {
  readonly ready: boolean;
  readonly dependencies: Readonly<Record<string, { ok: boolean; last_error: string | null }>>;
}
const readiness = () => call<Readiness>(`${iai.apiUrl}/readyz`, key);
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${iai.apiUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1] ?? "0");
};

/** A pump far above its rated limit: an alarm, and so a diagnosis. */
async function alarm(deviceId: string): Promise<void> {
  const place = { factory_id: "F1", line_id: "L1", device_type: "pump" };
  const device = { device_id: deviceId, device_name: deviceId, ...place, rated_temp_max: 80 };
  await call(`${iai.apiUrl}/api/v1/devices`, key, { body: device });
  const readings = [0, 1, 2].map((second) => ({
    device_id: deviceId,
    timestamp: new Date(Date.now() - 3_000 + second * 1_000).toISOString(),
    temperature: 120,
  }));
  await call(`${iai.apiUrl}/api/v1/readings`, key, { body: readings });
}

it("asks the configured model about an alarm, counts it, and needs no restart for another one", async () => {
  assert.deepEqual((await readiness()).body.dependencies["language_model"]?.ok, true);
  await alarm("PUMP_1");
  await until(
    () => metric("iai_language_model_calls_total"),
    (calls) => calls > 0,
    60_000,
  );
  assert.equal(simulator.requests[0]?.body.model, "glm-4.7");

  // Its balance is empty: that is told, and is no reason to be not ready.
  simulator.behaviour = "arrears-1113";
  await alarm("PUMP_2");
  await until(
    () => metric("iai_language_model_breaker_open_ratio"),
    (open) => open === 1,
    60_000,
  );
  const away = await readiness();
  assert.equal(away.status, 200);
  assert.equal(away.body.dependencies["language_model"]?.ok, false);

  simulator.behaviour = "good";
  writeFileSync(`${dataDir}.new`, yaml("glm-5.2"));
  renameSync(`${dataDir}.new`, `${dataDir}.yaml`);
  await until(readiness, ({ body }) => body.dependencies["language_model"]?.ok === true, 60_000);
  simulator.forget();
  await alarm("PUMP_3");
  await until(
    async () => simulator.requests.length,
    (count) => count > 0,
    60_000,
  );
  assert.equal(simulator.requests[0]?.body.model, "glm-5.2");
  assert.ok(!/"needsRestart":\["languageModel/.test(iai.output()));
});
