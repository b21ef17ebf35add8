import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import {
  anOpcuaSource,
  type OpcuaSourceUnderTest,
  oneTemperature,
  serverCertificateOf,
} from "../../../../test/fixtures/opcua-source.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { plantOf } from "../../../../test/servers/asyncua/asyncua-plant.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";

const server = await startServer("asyncua");
after(() => server.stop());
const plant = plantOf(server);
const base = temporaryFolder("opcua-faults");
const node = "PUMP_01.temperature";
/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;
/** Silence is noticed sooner than in a plant. */
const watchful = { map: { ...oneTemperature, defaults: { sampling_ms: 20, expected_ms: 1_000 } } };

describe("an OPC-UA source and the faults of asyncua", () => {
  let source: OpcuaSourceUnderTest;
  let adapter: SourceAdapter;
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;

  const start = async (options: object = {}): Promise<void> => {
    source = await anOpcuaSource(server, base, { history: false, ...options });
    await run();
  };
  const run = async (): Promise<void> => {
    stop = new AbortController();
    adapter = await source.open();
    running = adapter.run(sink, stop.signal);
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  const seen = () => ({ state: adapter.state(), items: sink.items.slice(-3).map((i) => i.value) });
  const runs = () => eventually(() => adapter.state().state === "running", seen, BACK_MS);
  const fails = () => eventually(() => adapter.state().state === "failed", seen, BACK_MS);
  const sees = (value: number) =>
    eventually(() => sink.valuesOf("temperature").includes(value), seen, BACK_MS);
  const readingWith = (value: number) =>
    sink.items
      .map((item) => item.value as { metrics: Record<string, number>; [key: string]: unknown })
      .find((reading) => reading?.metrics["temperature"] === value);

  beforeEach(() => {
    sink = new RecordingSink();
    stop = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    await end();
    const { Write = 0, Call = 0 } = await plant.requests();
    assert.equal(Write + Call, 0);
  });

  it("is refused by nobody but ourselves when the certificate is unknown, and reads when a person trusts it", async () => {
    await start();
    const [known] = (await source.trust.list()).filter(({ state }) => state === "trusted");
    await source.trust.remove(known?.thumbprint ?? "");
    await fails();
    assert.ok(adapter.state().lastError?.includes(known?.thumbprint ?? "?"));
    const sessions = (await plant.requests())["CreateSession"];
    await source.trust.add(known?.thumbprint ?? "");
    await runs();
    assert.equal((await plant.requests())["CreateSession"], (sessions ?? 0) + 1);
    await plant.set({ node, value: 21 });
    await sees(21);
  });

  it("stays out when the server shows another certificate, or an expired one, and is back with the old", async () => {
    await start();
    await runs();
    plant.renewCertificate(30);
    await server.kill();
    await server.restart();
    await fails();
    await source.trust.add(serverCertificateOf(server));
    await runs();
    plant.renewCertificate(-1);
    await server.kill();
    await server.restart();
    await fails();
    // An expired one is refused also when it is trusted.
    await source.trust.add(serverCertificateOf(server)).catch(() => undefined);
    await eventually(() => adapter.state().lastError?.includes("expired") === true, seen, BACK_MS);
    plant.renewCertificate(30);
    await server.kill();
    await server.restart();
    await source.trust.add(serverCertificateOf(server));
    await runs();
    await plant.set({ node, value: 22 });
    await sees(22);
  });

  it("says that a wrong password is refused", async () => {
    await start({ username: "somebody", passwordVariable: "PASSWORD" });
    await fails();
    assert.ok(!sink.items.some(({ fault }) => fault === null));
  });

  it("signs in with the certificate of a user", async () => {
    const folder = join(base, "user");
    plant.makeCertificate(folder);
    await start({
      userCertificateFile: join(folder, "server.der"),
      userKeyFile: join(folder, "server.pem"),
    });
    await runs();
    assert.equal((await plant.logins()).at(-1), "certificate");
  });

  it("reads what the server knows when the map names what it does not, and says which", async () => {
    const { temperature } = oneTemperature.devices.PUMP_01.metrics;
    const metrics = {
      temperature,
      flow: { node: "ns=2;s=nobody" },
      speed: { node: "nsu=urn:x;i=1" },
    };
    await start({ map: { devices: { PUMP_01: { metrics } } } });
    await runs();
    await plant.set({ node, value: 29 });
    await sees(29);
    const failed = () =>
      adapter
        .state()
        .parts.filter(({ state }) => state === "failed")
        .map(({ name }) => name);
    await eventually(() => failed().length === 2, seen);
    assert.deepEqual(failed(), ["PUMP_01/flow", "PUMP_01/speed"]);
  });

  it("reads over each policy that it knows, with a user", async () => {
    const login = { username: "iai", passwordVariable: "PASSWORD" };
    const policies = ["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss", "None"];
    for (const [n, securityPolicy] of policies.entries()) {
      await start({ ...login, securityPolicy });
      await runs();
      await plant.set({ node, value: 30 + n });
      await sees(30 + n);
      await end();
    }
  });

  it("is back after its session was ended, and after the server was frozen", async () => {
    await start();
    await runs();
    await plant.endSessions();
    await plant.set({ node, value: 41 });
    await sees(41);
    server.freeze();
    await eventually(() => adapter.state().state !== "running", seen, BACK_MS);
    server.thaw();
    await runs();
    await plant.set({ node, value: 42 });
    await sees(42);
  });

  it("makes a new subscription when the old one says nothing though the values change", async () => {
    await start(watchful);
    await runs();
    await plant.set({ node, value: 51 });
    await sees(51);
    const before = (await plant.requests())["CreateSubscription"] ?? 0;
    await plant.mute();
    await plant.set({ node, value: 52 });
    await sees(52);
    await eventually(() => adapter.state().recoveries > 0, seen, BACK_MS);
    assert.ok(((await plant.requests())["CreateSubscription"] ?? 0) > before);
    await plant.set({ node, value: 53 });
    await sees(53);
  });

  it("hands in a value that does not change at the time at which the server says that it holds", async () => {
    await plant.set({ node, value: 61, source_ms: Date.now() - 60_000 });
    await start(watchful);
    await runs();
    await eventually(() => sink.valuesOf("temperature").length >= 3, seen, BACK_MS);
    assert.deepEqual([...new Set(sink.valuesOf("temperature"))], [61]);
    assert.equal(adapter.state().recoveries, 0);
  });

  it("keeps status and time of each value, and what is no number from being one", async () => {
    await start();
    await runs();
    const at = Date.now() - 5_000;
    await plant.set({ node, value: 71, status: "UncertainLastUsableValue", source_ms: at });
    await sees(71);
    assert.deepEqual(
      [readingWith(71)?.["timestamp"], readingWith(71)?.["quality"]],
      [at, { temperature: "uncertain" }],
    );
    await plant.set({ node, value: 72, source_ms: null, server_ms: at + 100 });
    await sees(72);
    assert.equal(readingWith(72)?.["timestamp"], at + 100);
    const before = sink.items.length;
    await plant.set({ node, value: null, status: "BadSensorFailure" });
    await eventually(() => sink.items.length > before, seen);
    const bad = sink.items.at(-1)?.value as { quality: object; metrics: object };
    assert.deepEqual([bad.metrics, bad.quality], [{ temperature: 72 }, { temperature: "bad" }]);
    await eventually(() => adapter.state().lastError !== null, seen);
    await plant.set({ node, value: "NaN" });
    await eventually(() => sink.items.at(-1)?.fault?.code === "VALUE_NOT_FINITE", seen);
    await plant.set({ node, value: [1, 2] });
    await eventually(() => sink.items.at(-1)?.fault?.code === "VALUE_TYPE", seen);
    await plant.set({ node, value: 73 });
    await sees(73);
    await eventually(() => adapter.state().lastError === null, seen);
  });

  it("asks the server's history for what was measured while it was away for longer than queues hold", async () => {
    await start({
      history: true,
      map: { ...oneTemperature, defaults: { sampling_ms: 20, queue: 2, expected_ms: 5_000 } },
    });
    await runs();
    await plant.set({ node, value: 80 });
    await sees(80);
    await end();
    const values = Array.from({ length: 20 }, (_, n) => 81 + n);
    const began = Date.now() - values.length;
    for (const [n, value] of values.entries())
      await plant.set({ node, value, source_ms: began + n });
    await run();
    await eventually(
      () => values.every((value) => sink.valuesOf("temperature").includes(value)),
      seen,
      BACK_MS,
    );
  });
});
