import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { InMemoryBus } from "../../../test/fixtures/in-memory-bus.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import { bareMetric, type Device, type DeviceInput } from "../../model/device.ts";
import { decodeStreamEvent, encodeControl } from "../../wire/stream-codec.ts";
import { openControlJournal } from "./control-journal.ts";
import { type DeviceRegistry, openDeviceRegistry } from "./device-registry.ts";

const pump: DeviceInput = {
  deviceId: "P1",
  deviceName: "Feed pump",
  deviceType: "pump",
  factoryId: "F1",
  lineId: "L1",
  metrics: { temperature: { ...bareMetric("°C"), hh: 95 } },
};
const sighting = {
  deviceId: "P1",
  factoryId: null,
  lineId: "L9",
  metrics: { temperature: bareMetric("°C"), flow: bareMetric("L/min") },
};
const ann = { actor: "ann", source: "person", reason: "repair" };
const isCode = (code: string) => (failure: unknown) =>
  failure instanceof IaiError && failure.code === code;

describe("the device registry", () => {
  let records: InMemoryRecords;
  let bus: InMemoryBus;
  let changed: Device[];
  let registry: DeviceRegistry;
  const open = async (): Promise<DeviceRegistry> => {
    const clock = new SimulatedClock(1_000);
    const control = await openControlJournal({ records, bus, clock, encode: encodeControl });
    const common = { records, control, clock, ids: createCountingIds(), log: silentLog };
    return openDeviceRegistry({ ...common, onChange: (device) => changed.push(device) });
  };
  const profiles = () =>
    bus.records.flatMap((record) => {
      const event = decodeStreamEvent(record);
      return event.kind === "control" && event.control.type === "device" ? [event.control] : [];
    });

  beforeEach(async () => {
    records = new InMemoryRecords();
    bus = new InMemoryBus();
    changed = [];
    registry = await open();
  });

  it("takes over what another process changed, whatever it changed itself meanwhile", async () => {
    const other = await open();
    await registry.put(pump, "ann");
    await other.put({ ...pump, deviceId: "P2" }, "bob");
    assert.equal(other.find("P1"), null);
    await other.refresh();
    assert.equal(other.find("P1")?.deviceName, "Feed pump");
    await registry.refresh();
    await other.patch("P2", { deviceName: "Booster" }, "bob");
    await registry.refresh();
    assert.equal(registry.find("P2")?.deviceName, "Booster");
  });

  it("registers senders in one transaction, each with an event in the log before it is known", async () => {
    const { transactions } = records;
    await registry.ensure([sighting, { ...sighting, deviceId: "P2" }]);
    assert.equal(profiles().length, 2);
    assert.ok(
      records.transactions - transactions <= 2,
      "one for the rows, one after the log has them",
    );
    const device = registry.find("P1");
    assert.deepEqual(
      [
        device?.criticality,
        device?.deviceType,
        device?.factoryId,
        device?.lineId,
        device?.autoRegistered,
      ],
      ["C", "unknown", "default", "L9", true],
    );
    assert.deepEqual(device?.metrics, sighting.metrics);
    assert.deepEqual(
      changed.map(({ deviceId }) => deviceId),
      ["P1", "P2"],
    );
  });

  it("registers a device once, whoever asks at the same time", async () => {
    await Promise.all([registry.ensure([sighting]), registry.ensure([sighting])]);
    assert.equal(records.rows("device_registry").length, 1);
    assert.equal(profiles().length, 1);
  });

  it("completes a device that registered itself and keeps what it had learned", async () => {
    await registry.ensure([sighting]);
    const { device, created } = await registry.put(pump, "ann");
    assert.deepEqual([created, device.autoRegistered, device.criticality], [false, false, "B"]);
    assert.deepEqual(device.metrics, { ...pump.metrics, flow: bareMetric("L/min") });
    assert.equal(records.rows("history")[0]?.actor, "ann");
  });

  it("refuses to create what a person has described, and changes nothing", async () => {
    assert.equal((await registry.put(pump, "ann")).created, true);
    const events = profiles().length;
    await assert.rejects(registry.put({ ...pump, deviceName: "Other" }, "bob"), isCode("CONFLICT"));
    assert.deepEqual([registry.find("P1")?.deviceName, profiles().length], ["Feed pump", events]);
  });

  it("patches only what is given and replaces whole specifications of metrics", async () => {
    await registry.put(pump, "ann");
    const metrics = { vibration: { ...bareMetric("g"), hh: 0.5 } };
    const device = await registry.patch("P1", { location: "Hall 3", metrics }, "ann");
    assert.deepEqual([device.location, device.deviceName], ["Hall 3", "Feed pump"]);
    assert.deepEqual(device.metrics, { ...pump.metrics, ...metrics });
    await assert.rejects(registry.patch("P9", {}, "ann"), isCode("NOT_FOUND"));
  });

  it("sets a mode with its source and time, in the log as in the records", async () => {
    await registry.put(pump, "ann");
    const device = await registry.setMode("P1", "MAINTENANCE", ann);
    assert.deepEqual([device.mode, device.modeSource], ["MAINTENANCE", "person"]);
    assert.equal(profiles().at(-1)?.profile.mode, "MAINTENANCE");
    assert.equal(records.rows("history").at(-1)?.reason, "repair");
  });

  it("learns new metrics and never overwrites a known one", async () => {
    await registry.put(pump, "ann");
    await registry.learnMetrics("P1", sighting.metrics);
    assert.deepEqual(registry.find("P1")?.metrics, {
      ...pump.metrics,
      flow: bareMetric("L/min"),
    });
  });

  it("knows its devices after a restart", async () => {
    await registry.put(pump, "ann");
    const before = registry.list();
    registry = await open();
    assert.deepEqual(registry.list(), before);
  });

  it("forgets a change that could not be stored", async () => {
    records.failNext();
    await assert.rejects(registry.put(pump, "ann"));
    assert.deepEqual([registry.find("P1"), profiles()], [null, []]);
  });
});
