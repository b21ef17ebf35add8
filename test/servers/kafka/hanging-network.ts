import { connect, createServer, type Socket } from "node:net";

/** Kafka's number for a request of a reader. */
const FETCH = 1;

/** A network between clients and a broker that can swallow answers without closing a connection. */
export interface HangingNetwork {
  /** From now on no reader gets an answer on the connection it has; new connections work. */
  hangReaders(): void;
  close(): Promise<void>;
}

/** Clients reach the broker at `port`, which it must advertise; it listens at `brokerPort`. */
export async function openHangingNetwork(
  port: number,
  brokerPort: number,
): Promise<HangingNetwork> {
  const readers = new Set<Socket>();
  const hanging = new Set<Socket>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(brokerPort, "127.0.0.1");
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on("data", (bytes: Buffer) => {
      // A request is written at once: length, then the number of what is asked for.
      if (bytes.length > 6 && bytes.readInt16BE(4) === FETCH) readers.add(client);
      broker.write(bytes);
    });
    broker.on("data", (bytes: Buffer) => {
      if (!hanging.has(client)) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    hangReaders: () => {
      for (const reader of readers) hanging.add(reader);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
