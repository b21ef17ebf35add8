import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { anOpcuaSource } from "../../../../test/fixtures/opcua-source.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { tellMilo } from "../../../../test/servers/milo/milo-server.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";

const server = await startServer("milo");
after(() => server.stop());
const base = temporaryFolder("opcua");
/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;
let last = 0;

const set = async (value: number | string, status = "Good"): Promise<void> => {
  last = Math.max(Date.now(), last + 1);
  await tellMilo(server, `set PUMP_01.temperature ${value} ${status} ${last}`);
};

testSourceAdapter({
  name: "opcua (Milo)",
  open: async () => {
    const source = await anOpcuaSource(server, base);
    await set("null", "BadWaitingForInitialData");
    return {
      open: source.open,
      peer: {
        measure: async (temperatures) => {
          for (const value of temperatures) await set(value);
        },
        talkNonsense: () => set("array"),
        acknowledged: () => 0,
        die: () => server.kill(),
        revive: () => server.restart(),
        commands: () => [],
        close: async () => undefined,
      },
    };
  },
  gaps: {
    "acknowledges when the sink has stored it, and not before":
      "Milo tells nobody what was acknowledged; that of asyncua does",
  },
});

describe("an OPC-UA source and Milo", () => {
  for (const securityPolicy of [
    "Basic256Sha256",
    "Aes128_Sha256_RsaOaep",
    "Aes256_Sha256_RsaPss",
  ]) {
    it(`signs in with a password over ${securityPolicy}, and is back after its sessions were ended`, async () => {
      const login = { username: "iai", passwordVariable: "PASSWORD" };
      const source = await anOpcuaSource(server, base, { securityPolicy, ...login });
      const sink = new RecordingSink();
      const stop = new AbortController();
      const adapter = await source.open();
      const running = adapter.run(sink, stop.signal);
      const seen = () => ({ state: adapter.state(), values: sink.valuesOf("temperature") });
      const sees = (value: number) =>
        eventually(() => sink.valuesOf("temperature").includes(value), seen, BACK_MS);
      await eventually(() => adapter.state().state === "running", seen, BACK_MS);
      await set(11);
      await sees(11);
      await tellMilo(server, "end-sessions");
      await set(12);
      await sees(12);
      await set(13, "UncertainLastUsableValue");
      await sees(13);
      const uncertain = sink.items.find(
        ({ value }) =>
          (value as { metrics?: Record<string, number> }).metrics?.["temperature"] === 13,
      );
      assert.deepEqual((uncertain?.value as { quality?: object } | undefined)?.quality, {
        temperature: "uncertain",
      });
      stop.abort();
      await running;
    });
  }
});
