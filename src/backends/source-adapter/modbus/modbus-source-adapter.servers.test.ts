import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { goldenVectors } from "../../../../test/fixtures/modbus-vectors.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
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
const folder = temporaryFolder("modbus-servers");
const deps = { clock: systemClock, log: silentLog, random: Math.random };
const port = Number(server.connection["port"]);
/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

function mapFile(name: string, text: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const oneTemperature = mapFile(
  "one",
  "metrics: { temperature: { function: 3, address: 100, type: float32, unit: °C } }\n",
);

function configOf(devices: readonly object[], more: object = {}) {
  return modbusSourceConfig.parse({ kind: "modbus", name: "hall", port, devices, ...more });
}

const noAcknowledgement = "a register that is read knows nothing of acknowledgements";
const onlyThePresent = "registers show the present only; what was between two polls is not there";

testSourceAdapter({
  name: "modbus (pymodbus)",
  open: async () => ({
    open: () =>
      openModbusSource(
        configOf([{ deviceId: "PUMP_01", mapFile: oneTemperature, everyMs: 50 }]),
        deps,
      ),
    peer: {
      measure: (temperatures) => slaves.setFloat(1, 100, temperatures.at(-1) ?? 0),
      talkNonsense: () => slaves.setFloat(1, 100, Number.NaN),
      acknowledged: () => 0,
      die: () => server.kill(),
      revive: () => server.restart(),
      commands: () => [],
      close: async () => assert.ok((await slaves.functions()).every((code) => code <= 4)),
    },
  }),
  gaps: {
    "acknowledges when the sink has stored it, and not before": noAcknowledgement,
    "has again after a restart what was not stored before it": onlyThePresent,
    "has after a restart what was measured while it was away": onlyThePresent,
    "takes what arrives while the sink is busy in one go": onlyThePresent,
    "goes on after what cannot be read, and hands that in too":
      "a register always holds a number; what is no measurement becomes a bad value",
  },
});

describe("a Modbus source and the faults of pymodbus", () => {
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;
  let adapter: SourceAdapter;

  const start = async (devices: readonly object[], more: object = {}): Promise<void> => {
    adapter = await openModbusSource(configOf(devices, more), deps);
    running = adapter.run(sink, stop.signal);
  };
  const seen = () => adapter.state();
  const countOf = (deviceId: string): number =>
    sink.items.filter(({ source }) => source === `modbus:hall:${deviceId}`).length;
  const two = [1, 2].map((unit) => ({
    deviceId: `P${unit}`,
    unit,
    mapFile: oneTemperature,
    everyMs: 50,
    timeoutMs: 300,
  }));

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
    const entries: string[] = [];
    for (const [n, [type, order, hex]] of goldenVectors.entries()) {
      const bytes = Buffer.from(hex, "hex");
      const words = Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(at * 2));
      for (const code of [3, 4] as const) {
        await slaves.set(3, code, n * 4, words);
        entries.push(
          `  f${code}.${n}: { function: ${code}, address: ${n * 4}, type: ${type}, order: ${order} }`,
        );
      }
    }
    await slaves.set(3, 1, 0, [1, 0, 1, 1, 0, 0, 1, 1, 1]);
    await slaves.set(3, 2, 20, [1]);
    entries.push("  coil: { function: 1, address: 8 }", "  input: { function: 2, address: 20 }");
    const map = mapFile("vectors", `max_gap: 4\nmetrics:\n${entries.join("\n")}\n`);
    await start([{ deviceId: "P3", unit: 3, mapFile: map }]);
    await eventually(() => sink.items.length > 0, seen);
    const value = sink.items[0]?.value as { metrics: Record<string, number> } | undefined;
    for (const [n, [type, order, hex, expected]] of goldenVectors.entries()) {
      for (const code of [3, 4])
        assert.equal(value?.metrics[`f${code}.${n}`], expected, `${code} ${type} ${order} ${hex}`);
    }
    assert.deepEqual([value?.metrics["coil"], value?.metrics["input"]], [1, 1]);
    assert.deepEqual((await slaves.functions()).toSorted(), [1, 2, 3, 4]);
  });

  const faults: readonly (readonly [SlaveFault, string])[] = [
    ["busy", "is busy"],
    ["drop", "does not answer"],
    ["truncate", "sends half of each answer"],
    ["slow", "answers after its time"],
  ];
  for (const [kind, words] of faults) {
    it(`goes on with the others while a slave ${words}, and is back when that ends`, async () => {
      await slaves.fault(2, kind, 1_000);
      await start(two);
      await eventually(() => countOf("P1") >= 10, seen, BACK_MS);
      assert.equal(countOf("P2"), 0);
      const part = adapter.state().parts.find(({ name }) => name === "P2");
      assert.equal(part?.state, "connecting");
      assert.notEqual(part?.lastError, null);
      await slaves.fault(2, "pass");
      await eventually(() => countOf("P2") >= 3, seen, BACK_MS);
      await eventually(() => adapter.state().lastError === null, seen, BACK_MS);
    });
  }

  it("has values again after its server was frozen, and after it was killed and started anew", async () => {
    await start(two);
    await eventually(() => countOf("P1") > 0 && countOf("P2") > 0, seen);
    server.freeze();
    await eventually(() => adapter.state().state !== "running", seen, BACK_MS);
    server.thaw();
    let before = sink.items.length;
    await eventually(() => sink.items.length > before + 5, seen, BACK_MS);
    await server.kill();
    await eventually(() => adapter.state().state !== "running", seen, BACK_MS);
    await server.restart();
    before = sink.items.length;
    await eventually(() => sink.items.length > before + 5, seen, BACK_MS);
    assert.equal(adapter.state().state, "running");
  });

  it("keeps what a slave knows when its map asks for addresses that do not exist", async () => {
    const map = mapFile(
      "beyond",
      "metrics: { temperature: { function: 3, address: 100, type: float32 }, flow: { function: 3, address: 5000 } }",
    );
    await slaves.setFloat(1, 100, 21.5);
    await start([{ deviceId: "P1", unit: 1, mapFile: map }]);
    await eventually(() => adapter.state().state === "failed", seen);
    const { metrics } = (sink.items[0]?.value ?? {}) as { metrics?: Record<string, unknown> };
    assert.equal(metrics?.["temperature"], 21.5);
    assert.equal(typeof metrics?.["flow"], "string");
  });
});
