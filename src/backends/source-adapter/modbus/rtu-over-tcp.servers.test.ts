import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { goldenVectors } from "../../../../test/fixtures/modbus-vectors.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { type SlaveFault, slavesOf } from "../../../../test/servers/modbus/modbus-slaves.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { modbusSourceConfig } from "./config.ts";
import { openModbusSource } from "./modbus-source-adapter.ts";

const server = await startServer("modbus");
after(() => server.stop());
const slaves = slavesOf(server);
const deps = { clock: systemClock, log: silentLog, random: Math.random };
/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

describe("a Modbus source behind a serial gateway (pymodbus, RTU over TCP)", () => {
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;
  let adapter: SourceAdapter;
  const seen = () => adapter.state();
  const start = async (devices: readonly object[]): Promise<void> => {
    const port = Number(server.connection["rtuPort"]);
    const about = { kind: "modbus", name: "hall", framing: "rtu-over-tcp", connections: 1 };
    adapter = await openModbusSource(modbusSourceConfig.parse({ ...about, port, devices }), deps);
    running = adapter.run(sink, stop.signal);
  };
  const countOf = (deviceId: string): number =>
    sink.items.filter(({ source }) => source === `modbus:hall:${deviceId}`).length;
  const map = { metrics: { temperature: { function: 3, address: 100, type: "float32" } } };

  beforeEach(() => {
    sink = new RecordingSink();
    stop = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    for (const unit of [1, 2, 3]) await slaves.fault(unit, "pass");
    assert.ok((await slaves.functions()).every((code) => code >= 1 && code <= 4));
  });

  it("reads every golden vector, and bits", async () => {
    const metrics: Record<string, object> = {
      coil: { function: 1, address: 8 },
      input: { function: 2, address: 20 },
    };
    for (const [n, [type, order, hex]] of goldenVectors.entries()) {
      const bytes = Buffer.from(hex, "hex");
      const words = Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(at * 2));
      for (const code of [3, 4] as const) {
        await slaves.set(3, code, n * 4, words);
        metrics[`f${code}.${n}`] = { function: code, address: n * 4, type, order };
      }
    }
    await slaves.set(3, 1, 0, [1, 0, 1, 1, 0, 0, 1, 1, 1]);
    await slaves.set(3, 2, 20, [1]);
    await start([{ deviceId: "P3", unit: 3, map: { max_gap: 4, metrics } }]);
    await eventually(() => sink.items.length > 0, seen);
    const value = sink.items[0]?.value as { metrics: Record<string, number> } | undefined;
    for (const [n, [type, order, hex, expected]] of goldenVectors.entries())
      for (const code of [3, 4])
        assert.equal(value?.metrics[`f${code}.${n}`], expected, `${code} ${type} ${order} ${hex}`);
    assert.deepEqual([value?.metrics["coil"], value?.metrics["input"]], [1, 1]);
  });

  it("makes addresses that do not exist bad values, and keeps the others", async () => {
    await slaves.setFloat(1, 100, 21.5);
    const flow = { function: 3, address: 5_000 };
    await start([{ deviceId: "P1", unit: 1, map: { metrics: { ...map.metrics, flow } } }]);
    await eventually(() => adapter.state().state === "failed", seen);
    const { metrics } = (sink.items[0]?.value ?? {}) as { metrics?: Record<string, unknown> };
    assert.deepEqual([metrics?.["temperature"], typeof metrics?.["flow"]], [21.5, "string"]);
  });

  const faults: readonly (readonly [SlaveFault, string])[] = [
    ["flip", "sends answers with a bit flipped"],
    ["busy", "is busy"],
    ["drop", "does not answer"],
    ["truncate", "sends half of each answer"],
    ["slow", "answers after its time"],
  ];
  for (const [kind, words] of faults) {
    it(`takes no wrong value from a slave that ${words}, and is back when that ends`, async () => {
      const two = [1, 2].map((unit) => ({
        ...{ deviceId: `P${unit}`, unit, map, everyMs: 50, timeoutMs: 300 },
      }));
      await slaves.setFloat(2, 100, 42);
      await slaves.fault(2, kind, 1_000);
      await start(two);
      await eventually(() => countOf("P1") >= 5, seen, BACK_MS);
      assert.equal(countOf("P2"), 0);
      assert.notEqual(adapter.state().parts.find(({ name }) => name === "P2")?.lastError, null);
      await slaves.fault(2, "pass");
      await eventually(() => countOf("P2") >= 3, seen, BACK_MS);
      await eventually(() => adapter.state().lastError === null, seen, BACK_MS);
      const values = sink.items
        .filter(({ source }) => source.endsWith(":P2"))
        .map(({ value }) => (value as { metrics: Record<string, number> }).metrics["temperature"]);
      assert.ok(values.every((value) => value === 42));
    });
  }

  it("has values again after its gateway was killed and started anew", async () => {
    await start([{ deviceId: "P1", unit: 1, map, everyMs: 50 }]);
    await eventually(() => countOf("P1") > 0, seen);
    await server.kill();
    await eventually(() => adapter.state().state !== "running", seen, BACK_MS);
    await server.restart();
    const before = sink.items.length;
    await eventually(() => sink.items.length > before + 5, seen, BACK_MS);
  });
});
