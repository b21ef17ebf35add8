import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { type ModbusPeer, openModbusPeer } from "../../../../test/fixtures/modbus-peer.ts";
import { type ModbusTap, openModbusTap } from "../../../../test/fixtures/modbus-tap.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { modbusSourceConfig } from "./config.ts";
import { openModbusSource } from "./modbus-source-adapter.ts";

const folder = temporaryFolder("modbus");
const deps = { clock: systemClock, log: silentLog, random: () => 0 };

function mapFile(name: string, text: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const oneTemperature = mapFile(
  "one",
  "metrics: { temperature: { function: 3, address: 100, type: float32, unit: °C } }\n",
);
const noAcknowledgement = "a register that is read knows nothing of acknowledgements";
const onlyThePresent = "registers show the present only; what was between two polls is not there";

testSourceAdapter({
  name: "modbus (server of modbus-serial)",
  open: async () => {
    const peer = await openModbusPeer();
    const tap = await openModbusTap(peer.port);
    const config = modbusSourceConfig.parse({
      kind: "modbus",
      name: "hall",
      port: tap.port,
      devices: [{ deviceId: "PUMP_01", mapFile: oneTemperature, everyMs: 50, timeoutMs: 500 }],
    });
    return {
      open: () => openModbusSource(config, deps),
      peer: {
        measure: async (temperatures) => peer.putFloat(1, 100, temperatures.at(-1) ?? 0),
        talkNonsense: async () => peer.putFloat(1, 100, Number.NaN),
        acknowledged: () => 0,
        die: peer.die,
        revive: peer.revive,
        commands: () => [
          ...tap.functions().flatMap((code) => (code <= 4 ? [] : [`function ${code}`])),
          ...peer.written,
        ],
        close: async () => {
          await tap.close();
          await peer.die();
        },
      },
    };
  },
  gaps: {
    "acknowledges when the sink has stored it, and not before": noAcknowledgement,
    "has again after a restart what was not stored before it": onlyThePresent,
    "has after a restart what was measured while it was away": onlyThePresent,
    "takes what arrives while the sink is busy in one go": onlyThePresent,
    "goes on after what cannot be read, and hands that in too":
      "a register always holds a number; what is no measurement becomes a bad value, see below",
  },
});

describe("a Modbus source", () => {
  let peer: ModbusPeer;
  let tap: ModbusTap;
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;
  let adapter: SourceAdapter;

  const start = async (devices: readonly object[], options: object = {}): Promise<void> => {
    const config = modbusSourceConfig.parse({
      kind: "modbus",
      name: "hall",
      port: tap.port,
      devices,
      ...options,
    });
    adapter = await openModbusSource(config, deps);
    running = adapter.run(sink, stop.signal);
  };
  const seen = () => adapter.state();
  const readingsOf = (deviceId: string) =>
    sink.items
      .map(({ value }) => value as Record<string, unknown>)
      .filter((value) => value["device_id"] === deviceId);
  const metricsOf = (deviceId: string) =>
    readingsOf(deviceId).at(-1)?.["metrics"] as Record<string, unknown> | undefined;
  const partOf = (name: string) => adapter.state().parts.find((part) => part.name === name);

  beforeEach(async () => {
    peer = await openModbusPeer();
    tap = await openModbusTap(peer.port);
    sink = new RecordingSink();
    stop = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    assert.ok(tap.functions().every((code) => code >= 1 && code <= 4));
    assert.deepEqual(peer.written, []);
    await tap.close();
    await peer.die();
  });

  it("reads all kinds of registers in as few requests as the map allows", async () => {
    const map = mapFile(
      "all",
      `
address_base: 1
max_gap: 2
metrics:
  temperature: { function: 3, address: 101, type: int16, scale: 0.1, unit: °C }
  pressure: { function: 3, address: 104, type: float32, order: CDAB, unit: bar }
  flow: { function: 4, address: 11, type: uint32, scale: 0.001, offset: -1, unit: m³/h }
  valve: { function: 4, address: 13, type: uint16, bit: 4, bits: 3 }
  level: { function: 4, address: 14, values: { 1: 10, 2: 50 } }
  running: { function: 1, address: 1 }
  leak: { function: 2, address: 20 }
status: { function: 4, address: 15, values: { 0: STOPPED, 7: RUNNING } }
`,
    );
    peer.put(9, 3, 100, Buffer.from([0xff, 0x38]));
    peer.put(9, 3, 103, Buffer.from([0x00, 0x00, 0x40, 0x20]));
    peer.put(9, 4, 10, Buffer.from([0, 0, 0x75, 0x30, 0x00, 0x5f, 0, 2, 0, 7]));
    peer.memory.cells.set("9/1/0", 1);
    await start([{ deviceId: "P9", unit: 9, mapFile: map, everyMs: 50, lineId: "L003" }]);
    await eventually(() => readingsOf("P9").length > 0, seen);
    assert.deepEqual(metricsOf("P9"), {
      temperature: -20,
      pressure: 2.5,
      flow: 29,
      valve: 5,
      level: 50,
      running: 1,
      leak: 0,
    });
    const { status, units, line_id } = readingsOf("P9")[0] ?? {};
    assert.deepEqual([status, line_id], ["RUNNING", "L003"]);
    assert.deepEqual(units, { temperature: "°C", pressure: "bar", flow: "m³/h" });
    // Coils, inputs, holding 100–104 over a gap of two, input registers 10–14.
    assert.deepEqual(tap.requests().slice(0, 4), [
      [9, 1, 0, 1],
      [9, 2, 19, 1],
      [9, 3, 100, 5],
      [9, 4, 10, 5],
    ]);
  });

  it("makes what a slave does not know bad values, and leaves the others as they are", async () => {
    const map = mapFile(
      "partly",
      `
metrics:
  temperature: { function: 3, address: 0, type: uint16 }
  flow: { function: 3, address: 50, type: float32 }
  speed: { function: 3, address: 60, values: { 1: 10 } }
  level: { function: 3, address: 70, type: int16, invalid: [-32768] }
`,
    );
    peer.put(1, 3, 0, Buffer.from([0, 45]));
    peer.memory.exceptions.set("1/3/50", 2);
    peer.put(1, 3, 60, Buffer.from([0, 9]));
    peer.put(1, 3, 70, Buffer.from([0x80, 0]));
    await start([{ deviceId: "P1", mapFile: map, everyMs: 50 }]);
    await eventually(() => partOf("P1")?.state === "failed", seen);
    const { temperature, ...bad } = metricsOf("P1") ?? {};
    assert.equal(temperature, 45);
    assert.ok(
      Object.values(bad).every((value) => typeof value === "string"),
      JSON.stringify(bad),
    );
    assert.match(partOf("P1")?.lastError ?? "", /50–51.*exception 2/);
    peer.memory.exceptions.clear();
    await eventually(() => partOf("P1")?.state === "running", seen);
  });

  it("hands a float that is none on as it is, for ingest to keep as bad", async () => {
    peer.putFloat(1, 100, Number.NaN);
    await start([{ deviceId: "P1", mapFile: oneTemperature, everyMs: 50 }]);
    await eventually(() => readingsOf("P1").length > 0, seen);
    assert.deepEqual(metricsOf("P1"), { temperature: "NaN" });
  });

  it("lets no silent slave hold up the others, and has it back when it answers", async () => {
    const devices = ["P1", "P2", "P3"].map((deviceId, n) => ({
      deviceId,
      unit: n + 1,
      mapFile: oneTemperature,
      everyMs: 50,
      timeoutMs: 1_500,
    }));
    tap.spoil(2, "lose");
    await start(devices);
    await eventually(() => readingsOf("P1").length >= 10 && readingsOf("P3").length >= 10, seen);
    assert.equal(partOf("P2")?.state, "connecting");
    assert.equal(readingsOf("P2").length, 0);
    // Polls every 50 ms while one waits 1.5 s for its answer: the others were not in its queue.
    const times = readingsOf("P1").map((value) => Number(value["timestamp"]));
    const gaps = times.slice(1).map((at, n) => at - (times[n] ?? at));
    assert.ok(Math.max(...gaps) < 1_000, `${gaps}`);
    tap.spoil(2, "pass");
    await eventually(() => readingsOf("P2").length > 0, seen, 30_000);
  });

  it("goes on with the others when all share one connection with a silent slave", async () => {
    const devices = ["P1", "P2"].map((deviceId, n) => ({
      deviceId,
      unit: n + 1,
      mapFile: oneTemperature,
      everyMs: 50,
      timeoutMs: 200,
    }));
    tap.spoil(2, "lose");
    await start(devices, { connections: 1 });
    await eventually(() => readingsOf("P1").length >= 10, seen);
    // It is asked seldom while it does not answer.
    const asked = tap.requests().filter(([unit]) => unit === 2).length;
    assert.ok(asked <= 4, `${asked}`);
  });

  it("opens its connection anew after half an answer, and takes no later one for it", async () => {
    peer.putFloat(1, 100, 20);
    tap.spoil(1, "short");
    await start([{ deviceId: "P1", mapFile: oneTemperature, everyMs: 50, timeoutMs: 100 }]);
    await eventually(() => tap.connections() >= 2, seen);
    assert.equal(sink.items.length, 0);
    tap.spoil(1, "pass");
    await eventually(() => readingsOf("P1").length >= 3, seen, 30_000);
    assert.ok(sink.valuesOf("temperature").every((value) => value === 20));
  });

  it("keeps asking a slave that is busy, on the same connection", async () => {
    peer.memory.exceptions.set("1/3/100", 6);
    await start([{ deviceId: "P1", mapFile: oneTemperature, everyMs: 50 }]);
    await eventually(() => tap.requests().length >= 2, seen);
    assert.match(partOf("P1")?.lastError ?? "", /busy/);
    assert.equal(tap.connections(), 1);
    peer.memory.exceptions.clear();
    await eventually(() => readingsOf("P1").length > 0, seen, 30_000);
  });

  it("polls in the slave's own rhythm, whatever an answer takes", async () => {
    await start([{ deviceId: "P1", mapFile: oneTemperature, everyMs: 100 }]);
    await eventually(() => readingsOf("P1").length >= 10, seen);
    const times = readingsOf("P1").map((value) => Number(value["timestamp"]));
    const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
    assert.ok(span >= 850, `${span} ms for ${times.length} polls of 100 ms`);
  });

  for (const [name, text] of [
    ["is not there", null],
    ["has an entry too many", "metrics: { a: { function: 3, address: 0, rate: 5 } }"],
    ["asks for a function that writes", "metrics: { a: { function: 6, address: 0 } }"],
    [
      "has an address that does not exist",
      "metrics: { a: { function: 3, address: 65535, type: int32 } }",
    ],
    [
      "has an address 0 where they begin at 1",
      "address_base: 1\nmetrics: { a: { function: 3, address: 0 } }",
    ],
    [
      "has a bit field outside of its register",
      "metrics: { a: { function: 3, address: 0, bit: 15, bits: 2 } }",
    ],
    [
      "has a bit field in a float",
      "metrics: { a: { function: 3, address: 0, type: float32, bit: 1 } }",
    ],
    ["gives a coil a type", "metrics: { a: { function: 1, address: 0, type: int32 } }"],
    ["has a unit that nobody knows", "metrics: { a: { function: 3, address: 0, unit: furlong } }"],
    [
      "has an entry twice",
      "metrics: { a: { function: 3, address: 0 }, a: { function: 3, address: 1 } }",
    ],
  ] as const) {
    it(`does not start with a map that ${name}`, async () => {
      const path = text === null ? join(folder, "nowhere.yaml") : mapFile("wrong", text);
      await assert.rejects(start([{ deviceId: "P1", mapFile: path }]), (failure) =>
        isCode(failure, name === "has an entry twice" ? "CONFIG_UNREADABLE" : "MAP_INVALID"),
      );
    });
  }
});
