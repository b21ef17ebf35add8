import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { decodePayload, encodePayload } from "sparkplug-payload/lib/sparkplugbpayload.js";
import { type AedesPeer, openAedesPeer } from "../../../test/fixtures/aedes-peer.ts";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { type MqttTap, openMqttTap } from "../../../test/fixtures/mqtt-tap.ts";
import { RecordingSink } from "../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { freePorts } from "../../../test/servers/processes.ts";
import { mqttSourceConfig } from "../../backends/source-adapter/mqtt/config.ts";
import { openMqttSource } from "../../backends/source-adapter/mqtt/mqtt-source-adapter.ts";
import { createPlant } from "../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import { SECOND } from "../../model/basics.ts";
import type { PlantPeer } from "./plant-peer.ts";
import { firstMachines } from "./scenario.ts";
import { edgeNodesOf, NODES_MAX } from "./sparkplug-codec.ts";
import { createSparkplugPeer } from "./sparkplug-peer.ts";

const startsAt = Date.UTC(2026, 2, 1, 8);
const lost = { deviceId: "MOTOR_01", kind: "sensor_loss", metric: "current", endsAt: null };

interface Heard {
  readonly kind: string;
  readonly device: string | undefined;
  readonly seq: number | null;
  readonly at: number;
  readonly metrics: readonly {
    readonly name: string | undefined;
    readonly alias: number | null;
    readonly value: unknown;
    readonly unit: unknown;
  }[];
}

/** A message as another program reads it. */
function hear(topic: string, bytes: Buffer): Heard {
  const [, , kind = "", , device] = topic.split("/");
  const { seq, timestamp, metrics } = decodePayload(bytes);
  return {
    kind,
    device,
    seq: seq === undefined || seq === null ? null : Number(seq),
    at: Number(timestamp),
    metrics: (metrics ?? []).map(({ name, alias, value, properties }) => ({
      name: name ?? undefined,
      alias: alias === undefined || alias === null ? null : Number(alias),
      value: value !== null && typeof value === "object" ? Number(value) : value,
      unit: properties?.["engUnit"]?.value,
    })),
  };
}

describe("the plant over Sparkplug B", () => {
  let broker: AedesPeer;
  let tap: MqttTap;
  let host: MqttClient;
  let peer: PlantPeer;
  let heard: Heard[];
  const machines = firstMachines(2);
  const plant = () =>
    createPlant({ seed: 3, devices: 2, startsAt, faults: [{ ...lost, startsAt: startsAt - 1 }] });
  const of = (kind: string): readonly Heard[] => heard.filter((message) => message.kind === kind);
  const bdSeqOf = (message: Heard | undefined): unknown =>
    message?.metrics.find(({ name }) => name === "bdSeq")?.value;
  const send = async (count: number): Promise<void> => {
    const running = plant();
    for (let n = 0; n < count; n += 1) {
      const readings = running.read(startsAt + n * SECOND).map((r) => ({ ...r, seq: n }));
      await peer.send(readings);
    }
  };

  beforeEach(async () => {
    broker = await openAedesPeer();
    tap = await openMqttTap(broker.port);
    heard = [];
    host = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    await host.subscribeAsync("spBv1.0/#", { qos: 1 });
    host.on("message", (topic, bytes) => heard.push(hear(topic, bytes)));
    const url = `mqtt://127.0.0.1:${tap.port}`;
    const { signal } = new AbortController();
    const login = { user: null, passwordFile: null };
    peer = await createSparkplugPeer({ machines, url, ...login, clock: systemClock, signal });
    await peer.open();
  });
  afterEach(async () => {
    await peer.close();
    await host.endAsync();
    await tap.close();
    await broker.close();
  });

  it("is born before it says anything, with every name, alias and unit", async () => {
    await send(3);
    await eventually(
      () => of("DDATA").length === 4,
      () => heard,
    );
    assert.deepEqual(
      heard.map(({ kind, device }) => [kind, device]),
      [
        ["NBIRTH", undefined],
        ["DBIRTH", "PUMP_01"],
        ["DBIRTH", "MOTOR_01"],
        ["DDATA", "PUMP_01"],
        ["DDATA", "MOTOR_01"],
        ["DDATA", "PUMP_01"],
        ["DDATA", "MOTOR_01"],
      ],
    );
    const births = of("DBIRTH").flatMap(({ metrics }) => metrics);
    assert.equal(new Set(births.map(({ alias }) => alias)).size, births.length);
    const units = Object.fromEntries(
      (of("DBIRTH")[0]?.metrics ?? []).map(({ name, unit }) => [name, unit]),
    );
    const { metrics } = machines[0]?.type ?? assert.fail();
    const expected = Object.entries(metrics).map(([name, { unit }]) => [name, unit]);
    assert.deepEqual(units, Object.fromEntries(expected));
  });

  it("says in data what the plant says, by alias alone, at the plant's time; a lost sensor is null", async () => {
    await send(2);
    await eventually(
      () => of("DDATA").length === 2,
      () => heard,
    );
    const running = plant();
    running.read(startsAt);
    for (const { deviceId, at, values } of running.read(startsAt + SECOND)) {
      const birth = of("DBIRTH").find(({ device }) => device === deviceId);
      const data = of("DDATA").find(({ device }) => device === deviceId);
      assert.equal(data?.at, at);
      for (const { name, alias, value } of data?.metrics ?? assert.fail()) {
        assert.equal(name, undefined);
        const known = birth?.metrics.find((metric) => metric.alias === alias)?.name ?? "";
        assert.equal(value, values[known] ?? null, known);
      }
    }
  });

  it("is read by our own source: every reading once, in the units of its births", async () => {
    const config = mqttSourceConfig.parse({
      kind: "mqtt",
      name: "plant",
      url: `mqtt://127.0.0.1:${broker.port}`,
      version: "3.1.1",
      alarmTopic: null,
      topics: [
        {
          template: "spBv1.0/{factory_id}/+/{line_id}/{device_id}",
          payload: { kind: "sparkplug" },
        },
      ],
    });
    const stop = new AbortController();
    const sink = new RecordingSink();
    const { adapter } = await openMqttSource(config, {
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      variable: () => undefined,
      birthsFolder: temporaryFolder("births"),
    });
    const running = adapter.run(sink, stop.signal);
    await eventually(
      () => adapter.state().state === "running",
      () => adapter.state(),
    );
    await send(3);
    await eventually(
      () => sink.items.length >= 6,
      () => adapter.state(),
    );
    stop.abort();
    await running;
    const twin = plant();
    const expected = [0, 1, 2].flatMap((n) => twin.read(startsAt + n * SECOND));
    assert.equal(sink.items.length, expected.length);
    for (const { deviceId, at, values, machine } of expected) {
      const found = sink.items
        .map(({ value }) => value as Record<string, Record<string, unknown>>)
        .find((one) => String(one["device_id"]) === deviceId && Number(one["timestamp"]) === at);
      assert.equal(String(found?.["line_id"]), "L001");
      for (const [name, { unit }] of Object.entries(machine.type.metrics)) {
        assert.equal(found?.["metrics"]?.[name], values[name] ?? null, name);
        assert.equal(found?.["units"]?.[name], unit);
      }
    }
  });

  it("numbers its messages one after the other, from 0 at its birth, through 255 to 0", async () => {
    await send(150);
    await eventually(
      () => heard.length === 301,
      () => heard.length,
    );
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      heard.map((_, n) => n % 256),
    );
  });

  it("is born again when a host asks for it, with what it knows", async () => {
    await send(2);
    await eventually(
      () => of("DDATA").length === 2,
      () => heard,
    );
    const command = { name: "Node Control/Rebirth", type: "Boolean" as const, value: true };
    const asked = encodePayload({ timestamp: Date.now(), metrics: [command] });
    await host.publishAsync("spBv1.0/F001/NCMD/L001", Buffer.from(asked));
    await eventually(
      () => of("DBIRTH").length === 4,
      () => heard,
    );
    const [first, second] = of("NBIRTH");
    assert.deepEqual([second?.seq, bdSeqOf(second)], [0, bdSeqOf(first)]);
  });

  it("dies for its hosts when its connection breaks, and is born anew under the next number", async () => {
    await send(2);
    await eventually(
      () => of("DDATA").length === 2,
      () => heard,
    );
    tap.reconnect();
    await eventually(
      () => of("NDEATH").length === 1,
      () => heard,
    );
    assert.equal(bdSeqOf(of("NDEATH")[0]), bdSeqOf(of("NBIRTH")[0]));
    await eventually(async () => {
      await send(1);
      return of("NBIRTH").length === 2;
    });
    assert.equal(bdSeqOf(of("NBIRTH")[1]), 1);
    assert.equal(of("NBIRTH")[1]?.seq, 0);
  });

  it("tells its death itself when it ends", async () => {
    await send(1);
    await peer.close();
    await eventually(
      () => of("NDEATH").length === 1,
      () => heard,
    );
    assert.deepEqual([bdSeqOf(of("NDEATH")[0]), of("NDEATH")[0]?.seq], [0, null]);
  });

  it("says so when there is no broker", async () => {
    const [port] = await freePorts(1);
    const { signal } = new AbortController();
    const about = { machines, user: null, passwordFile: null, clock: systemClock, signal };
    const nobody = await createSparkplugPeer({ ...about, url: `mqtt://127.0.0.1:${port}` });
    await assert.rejects(nobody.open(), (failure) => isCode(failure, "SOURCE_UNREACHABLE"));
  });
});

describe("edge nodes", () => {
  it("are the lines of a plant, and few even for 10,000 machines, each machine on one", () => {
    assert.deepEqual(
      edgeNodesOf(firstMachines(12)).map(({ group, node }) => [group, node]),
      [
        ["F001", "L001"],
        ["F001", "L002"],
        ["F001", "L003"],
      ],
    );
    const many = edgeNodesOf(firstMachines(10_000));
    assert.ok(many.length <= NODES_MAX);
    const ids = many.flatMap(({ machines }) => machines.map(({ deviceId }) => deviceId));
    assert.equal(new Set(ids).size, 10_000);
    assert.equal(ids.length, 10_000);
  });
});
