import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import { createHttpSender } from "./http-sender.ts";
import { createModbusPeer } from "./modbus-peer.ts";
import { openMqttSender } from "./mqtt-sender.ts";
import { createOpcuaPeer } from "./opcua-peer.ts";
import { type PlantPeer, peerOf } from "./plant-peer.ts";
import { createSparkplugPeer } from "./sparkplug-peer.ts";

export const protocols = ["http", "mqtt", "sparkplug", "modbus", "opcua"] as const;
export type Protocol = (typeof protocols)[number];

const BROKER = "mqtt://127.0.0.1:1883";

export interface PeerOptions {
  readonly protocol: Protocol;
  readonly machines: readonly SimulatedMachine[];
  /** http, mqtt, sparkplug: where to send to; null: the usual place. */
  readonly url: string | null;
  readonly key: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** modbus, opcua: where to listen; null: the usual port. */
  readonly port: number | null;
  /** modbus, opcua: folder for what the other side needs; null: nobody asked for it. */
  readonly folder: string | null;
  /** opcua: also without security. */
  readonly insecure: boolean;
  /** Time between two readings of a machine, on the clock at the wall. */
  readonly everyMs: Ms;
  readonly signal: AbortSignal;
}

/** The plant's end of a protocol. */
export async function createPeer(options: PeerOptions): Promise<PlantPeer> {
  const { machines, folder, everyMs } = options;
  switch (options.protocol) {
    case "http":
      return httpPeer(options);
    case "mqtt":
      return mqttPeer(options);
    case "sparkplug": {
      const { user, passwordFile, signal } = options;
      const about = { machines, user, passwordFile, signal, clock: systemClock };
      return createSparkplugPeer({ ...about, url: options.url ?? BROKER });
    }
    case "modbus":
      return createModbusPeer({
        machines,
        everyMs,
        folder: folder ?? process.cwd(),
        port: options.port ?? 1_502,
      });
    case "opcua": {
      const { insecure } = options;
      return createOpcuaPeer({ machines, folder, insecure, port: options.port ?? 4_840 });
    }
  }
}

function httpPeer({ url, key, signal }: PeerOptions): PlantPeer {
  if (key === null)
    throw new IaiError(
      "USAGE",
      "Cannot simulate: no key. Make one with `./iai key create --name plant --role ingest` and give it with --key",
    );
  const address = url ?? "http://127.0.0.1:8000";
  return peerOf(createHttpSender({ url: address, key, clock: systemClock, signal }), address);
}

async function mqttPeer(options: PeerOptions): Promise<PlantPeer> {
  const { machines, user, passwordFile, signal } = options;
  const url = options.url ?? BROKER;
  const topics = new Map(
    machines.map(({ deviceId, factoryId, lineId }) => [
      deviceId,
      `iai/${factoryId}/${lineId}/${deviceId}/readings`,
    ]),
  );
  const topicOf = (deviceId: string): string => topics.get(deviceId) ?? "";
  const clock = systemClock;
  return peerOf(await openMqttSender({ url, user, passwordFile, topicOf, clock, signal }), url);
}
