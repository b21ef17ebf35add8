import { readFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Aedes } from "aedes";
import type { MqttBrokerConfig } from "./broker-config.ts";
import { MESSAGE_BYTES_MAX } from "./codec.ts";
import { limitPackets } from "./packet-limit.ts";

/** The port that clients come to. */
export interface BrokerListener {
  /** Resolves when the signal aborts and all connections are closed; throws when the port is lost. */
  until(signal: AbortSignal): Promise<void>;
}

/** A packet: its message, a topic, and what stands around them. */
const PACKET_BYTES_MAX = MESSAGE_BYTES_MAX + 4_096;

export async function openListener(
  config: MqttBrokerConfig,
  broker: Aedes,
): Promise<BrokerListener> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    limitPackets(socket, PACKET_BYTES_MAX);
    broker.handle(socket);
  };
  const server = await createPlainOrTls(config, take);
  server.maxConnections = config.maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, () => resolve());
  });
  return {
    until: (signal) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        const close = (): void => {
          server.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        };
        if (signal.aborted) close();
        else signal.addEventListener("abort", close, { once: true });
      }),
  };
}

async function createPlainOrTls(
  { tlsCertFile, tlsKeyFile, tlsClientCaFile }: MqttBrokerConfig,
  take: (socket: Socket) => void,
): Promise<Server> {
  if (tlsCertFile === null || tlsKeyFile === null) return createServer(take);
  const [cert, key] = await Promise.all([readFile(tlsCertFile), readFile(tlsKeyFile)]);
  if (tlsClientCaFile === null) return createTlsServer({ cert, key }, take);
  const ca = await readFile(tlsClientCaFile);
  return createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, take);
}
