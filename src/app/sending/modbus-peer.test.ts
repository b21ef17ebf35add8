import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { RecordingSink } from "../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { freePorts } from "../../../test/servers/processes.ts";
import { modbusSourceConfig } from "../../backends/source-adapter/modbus/config.ts";
import { openModbusSource } from "../../backends/source-adapter/modbus/modbus-source-adapter.ts";
import { machineTypeNames } from "../../backends/source-adapter/simulator/machine-types.ts";
import { createPlant } from "../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import { createModbusPeer } from "./modbus-peer.ts";

const folder = temporaryFolder("modbus-peer");
const startsAt = Date.UTC(2026, 2, 1, 8);
const lost = { deviceId: "FAN_01", kind: "sensor_loss", metric: "flow", endsAt: null };

describe("the plant over Modbus", async () => {
  const [port = 0] = await freePorts(1);
  const faults = [{ ...lost, startsAt: startsAt - 1 }];
  const plant = createPlant({ seed: 5, devices: machineTypeNames.length, startsAt, faults });
  const peer = createModbusPeer({ machines: plant.machines, port, folder, everyMs: 100 });
  const { default: modbus } = await import("modbus-serial");
  // A CommonJS module that replaced its exports: the class itself is what its types call default.
  const client = new (modbus as unknown as typeof modbus.default)();
  const readings = plant.read(startsAt).map((reading) => ({ ...reading, seq: 1 }));

  before(async () => {
    await peer.open();
    await peer.send(readings);
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of peer.files) writeFileSync(join(folder, name), text);
    await client.connectTCP("127.0.0.1", { port });
  });
  after(async () => {
    client.close(() => undefined);
    await peer.close();
  });

  it("is read by our own source with the files that it writes, every metric of every type", async () => {
    const sources = parse(peer.files.find(({ name }) => name === "sources.yaml")?.text ?? "") as {
      sources: readonly unknown[];
    };
    const sink = new RecordingSink();
    const stop = new AbortController();
    const deps = { clock: systemClock, log: silentLog, random: () => 0 };
    const adapter = await openModbusSource(modbusSourceConfig.parse(sources.sources[0]), deps);
    const running = adapter.run(sink, stop.signal);
    const valuesOf = (deviceId: string) =>
      sink.items
        .map(({ value }) => value as Record<string, Record<string, unknown>>)
        .find((value) => String(value["device_id"]) === deviceId);
    await eventually(
      () => readings.every(({ deviceId }) => valuesOf(deviceId) !== undefined),
      () => adapter.state(),
    );
    stop.abort();
    await running;
    for (const { deviceId, values, machine } of readings) {
      const { metrics = {}, units = {} } = valuesOf(deviceId) ?? {};
      for (const [name, { unit }] of Object.entries(machine.type.metrics)) {
        const value = values[name];
        if (value === undefined) assert.equal(metrics[name], "NaN", name);
        else assert.ok(Math.abs(Number(metrics[name]) / value - 1) < 1e-6, `${deviceId} ${name}`);
        assert.equal(units[name], unit);
      }
    }
    assert.equal(valuesOf("FAN_01")?.["metrics"]?.["flow"], "NaN");
  });

  it("answers nothing but function 4 on registers that are there", async () => {
    const exception = async (ask: () => Promise<unknown>): Promise<unknown> => {
      try {
        await ask();
      } catch (failure) {
        return (failure as { modbusCode?: number }).modbusCode;
      }
      return "answered";
    };
    client.setID(1);
    const before = await client.readInputRegisters(0, 10);
    for (const ask of [
      () => client.readHoldingRegisters(0, 2),
      () => client.readCoils(0, 1),
      () => client.readDiscreteInputs(0, 1),
      () => client.writeRegister(0, 7),
      () => client.writeRegisters(0, [7, 8]),
      () => client.writeCoil(0, true),
      () => client.writeCoils(0, [true]),
    ])
      assert.equal(await exception(ask), 1);
    assert.equal(await exception(() => client.readInputRegisters(9, 2)), 2);
    client.setID(200);
    assert.equal(await exception(() => client.readInputRegisters(0, 2)), 2);
    client.setID(1);
    assert.deepEqual((await client.readInputRegisters(0, 10)).data, before.data);
  });

  it("says so when its port is taken", async () => {
    const second = createModbusPeer({ machines: plant.machines, port, folder, everyMs: 100 });
    await assert.rejects(second.open(), (failure) => isCode(failure, "SOURCE_UNREACHABLE"));
  });
});
