import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a real server on which requests can be held up and arrive when their sender has long given up. */
export interface SlowNetwork {
  readonly port: number;
  /** Holds up the next request that says `text`. */
  holdNext(text: string): void;
  /** Resolves when a request is held up. */
  held(): Promise<void>;
  /** Delivers what was held up; resolves when the server has answered it. */
  deliver(): Promise<void>;
  close(): void;
}

export async function slowNetwork(serverPort: number): Promise<SlowNetwork> {
  let wanted: string | null = null;
  let late: { readonly behind: Socket; readonly chunks: Buffer[] } | null = null;
  let isHeld = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();

  const relay = createServer((socket) => {
    const behind = connect(serverPort, "127.0.0.1");
    let own: { readonly behind: Socket; readonly chunks: Buffer[] } | null = null;
    for (const one of [socket, behind]) {
      sockets.add(one);
      one.on("error", () => undefined);
    }
    socket.on("data", (chunk: Buffer) => {
      if (wanted !== null && chunk.includes(wanted)) {
        wanted = null;
        own = { behind, chunks: [] };
        late = own;
        isHeld.resolve();
      }
      if (own === null) behind.write(chunk);
      else own.chunks.push(chunk);
    });
    socket.on("close", () => {
      if (own === null) behind.destroy();
    });
    behind.pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  return {
    port: (relay.address() as AddressInfo).port,
    holdNext: (text) => {
      wanted = text;
      isHeld = Promise.withResolvers();
    },
    held: () => isHeld.promise,
    deliver: async () => {
      if (late === null) throw new Error("Cannot deliver: nothing is held up");
      const { behind, chunks } = late;
      const answered = new Promise<void>((resolve) => behind.once("data", () => resolve()));
      // The pipe to a sender that is gone has stopped the flow.
      behind.resume();
      behind.write(Buffer.concat(chunks));
      await answered;
    },
    close: () => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
