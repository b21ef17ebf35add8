import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { plantOf } from "../../../../test/servers/asyncua/asyncua-plant.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { opcuaSourceConfig } from "./config.ts";
import { openOpcuaSource } from "./opcua-source-adapter.ts";
import { trustListIn } from "./trust-list.ts";

const server = await startServer("asyncua");
after(() => server.stop());
const plant = plantOf(server);
const node = "PUMP_01.temperature";
const base = temporaryFolder("opcua");
const mapFile = join(base, "pump.yaml");
writeFileSync(
  mapFile,
  `
defaults: { sampling_ms: 20, expected_ms: 5000 }
devices:
  PUMP_01:
    metrics:
      temperature: { node: "nsu=urn:iai:test:plant;s={device}.temperature", unit: °C }
`,
);

testSourceAdapter({
  name: "opcua (asyncua)",
  open: async () => {
    const folder = mkdtempSync(join(base, "data-"));
    await trustListIn(join(folder, "pki")).add(
      join(String(server.connection["certificates"]), "server.der"),
    );
    const config = opcuaSourceConfig.parse({
      kind: "opcua",
      name: "hall",
      url: server.connection["url"],
      mapFile,
      publishMs: 50,
      keepAliveMs: 1_000,
      // It would bring in what earlier tests have measured, too.
      history: false,
    });
    const deps = {
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      variable: () => undefined,
      folder,
      pkiFolder: join(folder, "pki"),
      isPreview: false,
    };
    const measured = new Set<number>();
    let acknowledged = 0;
    const count = async (): Promise<void> => {
      const times = await plant.acknowledged(node).catch(() => []);
      acknowledged = times.filter((ms) => ms !== null && measured.has(ms)).length;
    };
    const timer = setInterval(() => void count(), 50);
    let last = 0;
    // What the test before left behind is gone.
    await plant.set({ node, value: null, type: "Null", status: "BadWaitingForInitialData" });
    return {
      open: () => openOpcuaSource(config, deps),
      peer: {
        measure: async (temperatures) => {
          for (const value of temperatures) {
            last = Math.max(Date.now(), last + 1);
            measured.add(last);
            await plant.set({ node, value, source_ms: last });
          }
        },
        talkNonsense: () => plant.set({ node, value: [1, 2] }),
        acknowledged: () => acknowledged,
        die: () => server.kill(),
        revive: () => server.restart(),
        commands: () => [],
        close: async () => {
          clearInterval(timer);
          const { Write = 0, Call = 0 } = await plant.requests();
          assert.equal(Write + Call, 0);
        },
      },
    };
  },
});
