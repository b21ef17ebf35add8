import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Ms } from "../../../model/basics.ts";
import { createReadOnlySocket } from "./read-only-socket.ts";
import type { ReadBlock } from "./read-plan.ts";

/** One connection. Requests go one after the other: many slaves can do no more. */
export interface ModbusReader {
  /** The bytes of the answer. Throws an exception of the slave, or why there is no answer; then it must be closed. */
  read(unit: number, block: ReadBlock, within: Ms): Promise<Buffer>;
  readonly isOpen: boolean;
  close(): void;
}

export interface ReaderOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: Ms;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function openModbusReader(options: ReaderOptions): Promise<ModbusReader> {
  const { host, port, connectTimeoutMs, clock, signal } = options;
  // A CommonJS module that replaced its exports: the class itself is what its types call default.
  const { default: modbus } = await import("modbus-serial");
  const ModbusRTU = modbus as unknown as typeof modbus.default;
  const socket = createReadOnlySocket();
  // Whoever waits is told at once; not by racing with one promise for all, which would remember every request.
  let interrupt: (reason: Error) => void = () => undefined;
  socket.on("error", (failure) => interrupt(failure));
  socket.on("close", () => interrupt(new Error("the connection was closed")));
  const untilEnded = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      interrupt = reject;
      work.then(resolve, reject);
    });
  const connected = new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.setNoDelay(true);
  socket.connect(port, host);
  const client = new ModbusRTU();
  try {
    const limits = { clock, ms: connectTimeoutMs, signal };
    await withDeadline(limits, () => untilEnded(connected));
    await client.linkTCP(socket, { port });
  } catch (failure) {
    socket.destroy();
    throw failure;
  }
  return {
    get isOpen() {
      return !socket.destroyed && socket.readyState === "open";
    },
    read: (unit, block, within) => {
      client.setID(unit);
      return withDeadline({ clock, ms: within, signal }, async () => {
        const { buffer } = await untilEnded(request(client, block));
        return buffer;
      });
    },
    close: () => socket.destroy(),
  };
}

type Client = InstanceType<typeof import("modbus-serial").default>;

function request(
  client: Client,
  { function: code, address, count }: ReadBlock,
): Promise<{ buffer: Buffer }> {
  switch (code) {
    case 1:
      return client.readCoils(address, count);
    case 2:
      return client.readDiscreteInputs(address, count);
    case 3:
      return client.readHoldingRegisters(address, count);
    case 4:
      return client.readInputRegisters(address, count);
  }
}
