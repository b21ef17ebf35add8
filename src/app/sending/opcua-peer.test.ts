import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  ClientSubscription,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from "node-opcua-client";
import { parse } from "yaml";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { RecordingSink } from "../../../test/fixtures/recording-sink.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { freePorts } from "../../../test/servers/processes.ts";
import { opcuaSourceConfig } from "../../backends/source-adapter/opcua/config.ts";
import { openOpcuaSource } from "../../backends/source-adapter/opcua/opcua-source-adapter.ts";
import { trustListIn } from "../../backends/source-adapter/opcua/trust-list.ts";
import { machineTypeNames } from "../../backends/source-adapter/simulator/machine-types.ts";
import { createPlant } from "../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import { SECOND } from "../../model/basics.ts";
import { createOpcuaPeer } from "./opcua-peer.ts";
import { endpointOf, plantUri } from "./opcua-server.ts";

const folder = temporaryFolder("opcua-peer");
const startsAt = Date.UTC(2026, 2, 1, 8);
const lost = { deviceId: "FAN_01", kind: "sensor_loss", metric: "flow", endsAt: null };

interface NodeMap {
  readonly devices: Readonly<
    Record<string, { readonly metrics: Readonly<Record<string, { node: string; unit: string }>> }>
  >;
}

describe("the plant over OPC-UA", async () => {
  const [port = 0, other = 0] = await freePorts(2);
  const faults = [{ ...lost, startsAt: startsAt - 1 }];
  const plant = createPlant({ seed: 5, devices: machineTypeNames.length, startsAt, faults });
  const { machines } = plant;
  const peer = createOpcuaPeer({ machines, port, insecure: false, folder });
  const endpoint = { endpointMustExist: false, connectionStrategy: { maxRetry: 0 } };
  const secure = {
    ...endpoint,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
  };
  const client = OPCUAClient.create(secure);
  const next = (n: number) => plant.read(startsAt + n * SECOND).map((r) => ({ ...r, seq: n }));
  let session: ClientSession;
  let index: number;
  const nodeOf = (deviceId: string, metric: string): string =>
    `ns=${index};s=${deviceId}.${metric}`;

  before(async () => {
    await peer.open();
    await client.connect(endpointOf(port));
    session = await client.createSession();
    index = (await session.readNamespaceArray()).indexOf(plantUri);
  });
  after(async () => {
    await session.close();
    await client.disconnect();
    await peer.close();
  });

  it("shows each reading under the node of the map, with its unit, its status and the plant's time", async () => {
    const readings = next(0);
    await peer.send(readings);
    const file = peer.files.find(({ name }) => name === "node-map.yaml")?.text ?? "";
    const { devices } = parse(file) as NodeMap;
    for (const { deviceId, values, machine } of readings)
      for (const metric of Object.keys(machine.type.metrics)) {
        const { node, unit } = devices[deviceId]?.metrics[metric] ?? assert.fail(metric);
        const nodeId = node.replace(`nsu=${plantUri}`, `ns=${index}`);
        const found = await session.read({ nodeId, attributeId: AttributeIds.Value });
        const value = values[metric];
        assert.equal(found.sourceTimestamp?.getTime(), startsAt);
        assert.equal(found.statusCode.name, value === undefined ? "BadSensorFailure" : "Good");
        if (value !== undefined) assert.equal(found.value.value, value);
        assert.equal(unit, machine.type.metrics[metric]?.unit);
      }
    assert.equal(devices["FAN_01"]?.metrics["flow"]?.unit, "m³/h");
  });

  it("tells a subscriber every reading once, in order", async () => {
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 50,
      requestedMaxKeepAliveCount: 10,
      requestedLifetimeCount: 100,
      publishingEnabled: true,
    });
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: nodeOf("PUMP_01", "pressure"), attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 100, discardOldest: true },
      TimestampsToReturn.Both,
    );
    const heard: DataValue[] = [];
    item.on("changed", (value: DataValue) => heard.push(value));
    await eventually(() => heard.length === 1);
    const sent = [1, 2, 3, 4, 5].map((n) => next(n));
    for (const readings of sent) await peer.send(readings);
    await eventually(
      () => heard.length === 6,
      () => heard.length,
    );
    assert.deepEqual(
      heard.slice(1).map(({ value, sourceTimestamp }) => [sourceTimestamp?.getTime(), value.value]),
      sent.map(([pump]) => [pump?.at, pump?.values["pressure"]]),
    );
    await subscription.terminate();
  });

  it("is read by our own source with the map and the certificate that it writes", async () => {
    for (const { name, text } of peer.files) writeFileSync(join(folder, name), text);
    const { sources } = parse(readFileSync(join(folder, "sources.yaml"), "utf8")) as {
      sources: readonly unknown[];
    };
    const data = temporaryFolder("opcua-reader");
    const pkiFolder = join(data, "pki");
    await trustListIn(pkiFolder).add(join(folder, "opcua-server.pem"));
    const stop = new AbortController();
    const sink = new RecordingSink();
    const adapter = await openOpcuaSource(opcuaSourceConfig.parse(sources[0]), {
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      variable: () => undefined,
      folder: data,
      pkiFolder,
      isPreview: false,
    });
    const running = adapter.run(sink, stop.signal);
    const valuesOf = (at: number) =>
      sink.items
        .map(({ value }) => value as Record<string, Record<string, unknown>>)
        .filter((value) => Number(value["timestamp"]) === at);
    await eventually(
      () => sink.items.length > 0,
      () => adapter.state(),
      30_000,
    );
    const readings = next(20);
    await peer.send(readings);
    const at = startsAt + 20 * SECOND;
    await eventually(
      () => valuesOf(at).length === machines.length,
      () => sink.items.length,
      30_000,
    );
    stop.abort();
    await running;
    for (const { deviceId, values } of readings) {
      const found = valuesOf(at).find((value) => String(value["device_id"]) === deviceId);
      for (const [metric, value] of Object.entries(values))
        assert.equal(found?.["metrics"]?.[metric], value, `${deviceId} ${metric}`);
    }
    const fan = valuesOf(at).find((value) => String(value["device_id"]) === "FAN_01");
    assert.deepEqual(fan?.["quality"], { flow: "bad" });
  });

  it("can be written by nobody", async () => {
    const nodeId = nodeOf("PUMP_01", "pressure");
    const before = await session.read({ nodeId, attributeId: AttributeIds.Value });
    const value = { value: { dataType: "Double", value: 99 } };
    const answer = await session.write({ nodeId, attributeId: AttributeIds.Value, value });
    assert.equal(answer.name, "BadNotWritable");
    const unchanged = await session.read({ nodeId, attributeId: AttributeIds.Value });
    assert.equal(unchanged.value.value, before.value.value);
  });

  it("lets nobody in without security unless that was asked for, and lays its certificate ready", async () => {
    const open = {
      ...endpoint,
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
    };
    const stranger = OPCUAClient.create(open);
    await assert.rejects(async () => {
      await stranger.connect(endpointOf(port));
      await stranger.createSession();
    });
    await stranger.disconnect();
    assert.ok(existsSync(join(folder, "opcua-server.pem")));

    const few = { machines: machines.slice(0, 1), port: other, folder: null };
    const careless = createOpcuaPeer({ ...few, insecure: true });
    await careless.open();
    const guest = OPCUAClient.create(open);
    await guest.connect(endpointOf(other));
    const visit = await guest.createSession();
    assert.ok((await visit.readNamespaceArray()).includes(plantUri));
    await visit.close();
    await guest.disconnect();
    await careless.close();
  });

  it("says so when its port is taken", async () => {
    const second = createOpcuaPeer({ machines, port, insecure: false, folder: null });
    await assert.rejects(second.open(), (failure) => isCode(failure, "SOURCE_UNREACHABLE"));
    await second.close();
  });
});
