import assert from "node:assert/strict";
import { after } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { anOpcuaSource } from "../../../../test/fixtures/opcua-source.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { plantOf } from "../../../../test/servers/asyncua/asyncua-plant.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";

const server = await startServer("asyncua");
after(() => server.stop());
const plant = plantOf(server);
const base = temporaryFolder("opcua");
const node = "PUMP_01.temperature";

testSourceAdapter({
  name: "opcua (asyncua)",
  open: async () => {
    // The history would bring in what earlier tests have measured, too.
    const source = await anOpcuaSource(server, base, { history: false });
    // What the test before left behind is gone.
    await plant.set({ node, value: null, type: "Null", status: "BadWaitingForInitialData" });
    const measured = new Set<number>();
    let acknowledged = 0;
    let last = 0;
    const count = async (): Promise<void> => {
      const times = await plant.acknowledged(node).catch(() => []);
      acknowledged = times.filter((ms) => ms !== null && measured.has(ms)).length;
    };
    const timer = setInterval(() => void count(), 50);
    return {
      open: source.open,
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
