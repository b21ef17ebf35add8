import type { Socket } from "node:net";

/**
 * Ends a connection that announces a packet of more than `maxBytes`, before any of it is collected. aedes reads its
 * sockets by `read` alone and has no limit of its own; the parser would take 256 MiB.
 */
export function limitPackets(socket: Socket, maxBytes: number): void {
  const read = socket.read.bind(socket);
  const watch = createPacketWatch(maxBytes);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array) || watch(chunk)) return chunk;
    socket.destroy(new Error(`a packet of more than ${maxBytes} bytes`));
    return null;
  };
}

/** Follows the headers of a stream of packets; false as soon as one announces too much. */
export function createPacketWatch(maxBytes: number): (chunk: Uint8Array) => boolean {
  /** Bytes of the present packet that are still to come; null: its length is being read. */
  let rest: number | null = null;
  /** Bytes of the header that were read: its first byte, then those of the length. */
  let headerBytes = 0;
  let length = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (rest !== null) {
        const skipped = Math.min(rest, chunk.length - at);
        at += skipped;
        rest = skipped === rest ? null : rest - skipped;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (headerBytes > 0) length += (byte & 0x7f) * 128 ** (headerBytes - 1);
      headerBytes += 1;
      if (length > maxBytes || headerBytes > 5) return false;
      if (headerBytes < 2 || byte >= 0x80) continue;
      rest = length === 0 ? null : length;
      headerBytes = 0;
      length = 0;
    }
    return true;
  };
}
