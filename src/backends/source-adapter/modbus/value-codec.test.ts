import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { ingestNow, openIngestStation } from "../../../../test/fixtures/ingest-station.ts";
import { openModbusPeer } from "../../../../test/fixtures/modbus-peer.ts";
import { openModbusTap } from "../../../../test/fixtures/modbus-tap.ts";
import { goldenVectors } from "../../../../test/fixtures/modbus-vectors.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { modbusSourceConfig } from "./config.ts";
import { readingOf } from "./device-poll.ts";
import { openModbusSource } from "./modbus-source-adapter.ts";
import { createReadOnlySocket, isReadRequest } from "./read-only-socket.ts";
import { planReads } from "./read-plan.ts";
import { parseRegisterMap } from "./register-map.ts";
import {
  decodeBit,
  decodeBitField,
  decodeRegisters,
  meaningOf,
  registersOf,
} from "./value-codec.ts";

const folder = temporaryFolder("modbus-codec");
const plain = { scale: 1, offset: 0, values: null, invalid: [] };

describe("values in registers", () => {
  for (const [type, order, hex, expected] of goldenVectors) {
    it(`reads ${hex} as ${type} ${order}`, () => {
      const bytes = Buffer.from(hex, "hex");
      assert.equal(bytes.length, registersOf(type) * 2);
      assert.equal(decodeRegisters(bytes, { type, order }), expected);
    });
  }

  it("reads what is no number as what it is", () => {
    const read = (hex: string) =>
      decodeRegisters(Buffer.from(hex, "hex"), { type: "float32", order: "ABCD" });
    assert.ok(Number.isNaN(read("7fc00000")));
    assert.equal(read("7f800000"), Infinity);
    assert.equal(read("ff800000"), -Infinity);
    assert.ok(Object.is(read("80000000"), -0));
  });

  for (const code of [3, 4] as const) {
    it(`reads every vector through function ${code} of a real server, by requests to read alone`, async () => {
      const peer = await openModbusPeer();
      const tap = await openModbusTap(peer.port);
      const entries = goldenVectors.map(([type, order, hex], n) => {
        peer.put(1, code, n * 4, Buffer.from(hex, "hex"));
        return `  v${n}: { function: ${code}, address: ${n * 4}, type: ${type}, order: ${order} }`;
      });
      const mapFile = join(folder, `vectors-${code}.yaml`);
      writeFileSync(mapFile, `max_gap: 4\nmetrics:\n${entries.join("\n")}\n`);
      const config = modbusSourceConfig.parse({
        kind: "modbus",
        name: "vectors",
        port: tap.port,
        devices: [{ deviceId: "P1", mapFile }],
      });
      const deps = { clock: systemClock, log: silentLog, random: () => 0 };
      const adapter = await openModbusSource(config, deps);
      const sink = new RecordingSink();
      const stop = new AbortController();
      const running = adapter.run(sink, stop.signal);
      await eventually(
        () => sink.items.length > 0,
        () => adapter.state(),
      );
      stop.abort();
      await running;
      const value = sink.items[0]?.value as { metrics: Record<string, number> } | undefined;
      for (const [n, [type, order, hex, expected]] of goldenVectors.entries())
        assert.equal(value?.metrics[`v${n}`], expected, `${type} ${order} ${hex}`);
      assert.deepEqual([...new Set(tap.functions())], [code]);
      await tap.close();
      await peer.die();
    });
  }
});

describe("bits", () => {
  it("are in the order of the specification's examples (6.1 and 6.2)", () => {
    const bitsOf = (hex: string, count: number): string =>
      Array.from({ length: count }, (_, n) => decodeBit(Buffer.from(hex, "hex"), n)).join("");
    // Coils 20–38 and inputs 197–218, the first one first.
    assert.equal(bitsOf("cd6b05", 19), "1011001111010110101");
    assert.equal(bitsOf("acdb35", 22), "0011010111011011101011");
  });

  it("of a register are counted from the least significant, over its words in their order", () => {
    const field = (hex: string, more: object): number =>
      decodeBitField(Buffer.from(hex, "hex"), {
        type: "uint16",
        order: "ABCD",
        bit: 0,
        bits: 1,
        ...more,
      });
    assert.equal(field("8001", {}), 1);
    assert.equal(field("8001", { bit: 15 }), 1);
    assert.equal(field("8001", { bit: 1, bits: 14 }), 0);
    assert.equal(field("0370", { bit: 4, bits: 3 }), 7);
    assert.equal(field("7003", { order: "BADC", bit: 4, bits: 3 }), 7);
    assert.equal(field("00010000", { type: "uint32", bit: 16 }), 1);
    assert.equal(field("00000001", { type: "uint32", order: "CDAB", bit: 16 }), 1);
    assert.equal(field("8000000000000000", { type: "int64", bit: 63 }), 1);
    assert.equal(field("ffffffff", { type: "uint32", bits: 32 }), 4_294_967_295);
  });
});

describe("the meaning of a raw value", () => {
  it("is scaled without noise of its own, and shifted", () => {
    assert.equal(meaningOf(234, { ...plain, scale: 0.1 }), 23.4);
    assert.equal(meaningOf(1_003, { ...plain, scale: 0.001, offset: -1 }), 1.003 - 1);
    assert.equal(meaningOf(-5, { ...plain, scale: 0.25, offset: 10 }), 8.75);
    assert.equal(meaningOf(3, { ...plain, scale: 1.8, offset: 32 }), 3 * 1.8 + 32);
    assert.equal(meaningOf(7, { ...plain, scale: -0.5 }), -3.5);
  });

  it("is none, in words, where the map has no number for it", () => {
    const values = { 1: 10, [-1]: -10 };
    assert.equal(meaningOf(1, { ...plain, values }), 10);
    assert.equal(meaningOf(-1, { ...plain, values }), -10);
    assert.equal(typeof meaningOf(2, { ...plain, values }), "string");
    assert.equal(typeof meaningOf(-32_768, { ...plain, invalid: [-32_768] }), "string");
    assert.equal(meaningOf(Number.NaN, plain), "NaN");
  });

  it("is a bad value with its words when it is none, and the others are stored", async () => {
    const map = parseRegisterMap(
      "pump.yaml",
      "metrics: { temperature: { function: 3, address: 0 }, flow: { function: 3, address: 1, unit: m³/h }, speed: { function: 3, address: 2 } }",
    );
    const { devices } = modbusSourceConfig.parse({
      kind: "modbus",
      name: "hall",
      devices: [{ deviceId: "P1", mapFile: "pump.yaml", factoryId: "F1" }],
    });
    const [config] = devices;
    assert.ok(config !== undefined);
    const values = new Map<string, number | string>([
      ["temperature", "NaN"],
      ["flow", 6],
      ["speed", "exception 2 (illegal data address)"],
    ]);
    const polled = { values, status: "RUNNING", trouble: null };
    const item = readingOf({ config, map, plan: [] }, polled, {
      at: ingestNow,
      source: "modbus:hall:P1",
    });
    const station = await openIngestStation();
    const answer = await station.ingestor.accept({ items: [item], deviceIds: null });
    assert.equal(answer.accepted, 1);
    const [reading] = station.readings();
    assert.ok(Math.abs((reading?.values.get("flow") ?? 0) - 100) < 1e-12);
    assert.equal(reading?.status, "RUNNING");
    assert.deepEqual(reading?.faults?.get("temperature"), { code: "VALUE_TYPE", raw: '"NaN"' });
    assert.equal(reading?.qualities?.get("speed"), "bad");
  });
});

describe("a plan of requests", () => {
  const planOf = (text: string) =>
    planReads(parseRegisterMap("plan.yaml", text)).map(({ function: code, address, count }) => [
      code,
      address,
      count,
    ]);

  it("joins what lies together, and what lies within the gap", () => {
    const metrics =
      "metrics: { a: { function: 3, address: 0 }, b: { function: 3, address: 1, type: float32 }, c: { function: 3, address: 5 }, d: { function: 4, address: 6 } }";
    assert.deepEqual(planOf(metrics), [
      [3, 0, 3],
      [3, 5, 1],
      [4, 6, 1],
    ]);
    assert.deepEqual(planOf(`max_gap: 2\n${metrics}`), [
      [3, 0, 6],
      [4, 6, 1],
    ]);
  });

  it("reads values that share registers once", () => {
    const metrics =
      "metrics: { whole: { function: 3, address: 9 }, low: { function: 3, address: 9, bit: 0 }, high: { function: 3, address: 8, type: uint32, bit: 31 } }";
    assert.deepEqual(planOf(metrics), [[3, 8, 2]]);
  });

  it("tears no value, exceeds no limit and forgets none, whatever the map", () => {
    const entry = fc.record({
      code: fc.constantFrom(1, 2, 3, 4),
      address: fc.integer({ min: 0, max: 400 }),
      type: fc.constantFrom("int16", "uint32", "float64"),
    });
    const limits = fc.record({
      gap: fc.integer({ min: 0, max: 30 }),
      block: fc.integer({ min: 4, max: 125 }),
    });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 60 }),
        limits,
        (entries, { gap, block }) => {
          const lines = entries.map(({ code, address, type }, n) => {
            const typed = code <= 2 ? "" : `, type: ${type}`;
            return `  m${n}: { function: ${code}, address: ${address}${typed} }`;
          });
          const text = `max_gap: ${gap}\nmax_block: ${block}\nmetrics:\n${lines.join("\n")}`;
          const plan = planReads(parseRegisterMap("any.yaml", text));
          const found = plan.flatMap((one) => one.entries.map((placed) => ({ one, placed })));
          assert.equal(found.length, entries.length);
          for (const { one, placed } of found) {
            const size = one.function <= 2 ? 1 : registersOf(placed.register.type);
            assert.ok(placed.offset >= 0 && placed.offset + size <= one.count);
            assert.equal(one.address + placed.offset, placed.register.address);
            assert.ok(one.count <= (one.function <= 2 ? 2_000 : block));
          }
        },
      ),
    );
  });
});

describe("what leaves for a field device", () => {
  it("is a request to read and nothing else, even for who holds the library's client", async () => {
    const peer = await openModbusPeer();
    const tap = await openModbusTap(peer.port);
    const { default: ModbusRTU } = await import("modbus-serial");
    const writes: readonly ((
      client: InstanceType<typeof ModbusRTU.default>,
    ) => Promise<unknown>)[] = [
      (client) => client.writeCoil(0, true),
      (client) => client.writeRegister(0, 1),
      (client) => client.writeCoils(0, [true, false]),
      (client) => client.writeRegisters(0, [1, 2]),
      (client) => client.maskWriteRegister(0, 1, 1),
      (client) => client.reportServerID(1),
      (client) => client.readDeviceIdentification(1, 0),
      (client) => client.customFunction(66, [1, 2, 3]),
    ];
    for (const write of writes) {
      const socket = createReadOnlySocket();
      socket.on("error", () => undefined);
      const connected = new Promise<void>((resolve) => socket.once("connect", () => resolve()));
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.connect(tap.port, "127.0.0.1");
      await connected;
      const client = new (ModbusRTU as unknown as typeof ModbusRTU.default)();
      await client.linkTCP(socket, { port: tap.port });
      assert.ok((await client.readHoldingRegisters(0, 1)).buffer.length === 2);
      write(client).catch(() => undefined);
      await closed;
    }
    assert.deepEqual([...new Set(tap.functions())], [3]);
    assert.deepEqual(peer.written, []);
    await tap.close();
    await peer.die();
  });

  it("is one whole request: no byte more, no frame hidden behind it", () => {
    const read = Buffer.from("000100000006010300000001", "hex");
    assert.equal(isReadRequest(read), true);
    for (const hex of [
      "000100000006010600000001",
      "000100000006010f00000001",
      "000100000006011000000001",
      "000100000006011600000001",
      "000100000006011700000001",
      "000100000006018300000001",
      "000100000006010000000001",
      "000100000006010300000001000100000006010600000001",
      "0001000000060103000000",
      "000100000007010300000001",
      "",
    ])
      assert.equal(isReadRequest(Buffer.from(hex, "hex")), false, hex);
  });

  it("is not what is cut into pieces, nor text, nor what comes with the end or waits for the connection", async () => {
    const peer = await openModbusPeer();
    const tap = await openModbusTap(peer.port);
    const write = Buffer.from("000100000006010600000001", "hex");
    const attempts: readonly ((socket: Socket) => void)[] = [
      (socket) => socket.write(Buffer.from("0001", "hex")),
      (socket) => socket.write(write),
      (socket) => socket.write(write.toString("latin1"), "latin1"),
      (socket) => socket.end(write),
      (socket) => {
        socket.cork();
        for (const bytes of [Buffer.from("000100000006010300000001", "hex"), write])
          socket.write(bytes);
        socket.uncork();
      },
    ];
    for (const attempt of attempts) {
      for (const waits of [true, false]) {
        const socket = createReadOnlySocket();
        socket.on("error", () => undefined);
        const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
        const connected = new Promise<void>((resolve) => socket.once("connect", () => resolve()));
        socket.connect(tap.port, "127.0.0.1");
        if (waits) await connected;
        attempt(socket);
        await closed;
      }
    }
    assert.deepEqual(tap.functions(), []);
    assert.deepEqual(peer.written, []);
    await tap.close();
    await peer.die();
  });
});
