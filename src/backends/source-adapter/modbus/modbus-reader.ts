import type { Socket } from "node:net";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Framing } from "./config.ts";
import { createReadOnlySocket } from "./read-only-socket.ts";
import type { ReadBlock } from "./read-plan.ts";
import { decodeAnswer, encodeRequest } from "./rtu-frame.ts";

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
  readonly framing: Framing;
  readonly connectTimeoutMs: Ms;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks one slave for one block. */
type Exchange = (unit: number, block: ReadBlock) => Promise<Buffer>;

export async function openModbusReader(options: ReaderOptions): Promise<ModbusReader> {
  const { host, port, framing, connectTimeoutMs, clock, signal } = options;
  const socket = createReadOnlySocket(framing);
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
  let exchange: Exchange;
  try {
    const limits = { clock, ms: connectTimeoutMs, signal };
    await withDeadline(limits, () => untilEnded(connected));
    exchange = framing === "tcp" ? await exchangeOverTcp(socket, port) : exchangeOverRtu(socket);
  } catch (failure) {
    socket.destroy();
    throw failure;
  }
  return {
    get isOpen() {
      return !socket.destroyed && socket.readyState === "open";
    },
    read: (unit, block, within) =>
      withDeadline({ clock, ms: within, signal }, () => untilEnded(exchange(unit, block))),
    close: () => socket.destroy(),
  };
}

/** Modbus TCP, by the library. */
async function exchangeOverTcp(socket: Socket, port: number): Promise<Exchange> {
  // A CommonJS module that replaced its exports: the class itself is what its types call default.
  const { default: modbus } = await import("modbus-serial");
  const ModbusRTU = modbus as unknown as typeof modbus.default;
  const client = new ModbusRTU();
  await client.linkTCP(socket, { port });
  return async (unit, block) => {
    client.setID(unit);
    const { buffer } = await request(client, block);
    return buffer;
  };
}

/**
 * RTU frames over TCP, by ourselves: the library has none that checks the checksum. A request is written when the
 * line is quiet; what comes unasked puts the line in doubt.
 */
function exchangeOverRtu(socket: Socket): Exchange {
  let take: (bytes: Buffer) => void = () =>
    void socket.destroy(new Error("an answer came that nobody asked for"));
  const unasked = take;
  socket.on("data", (bytes: Buffer) => take(bytes));
  return (unit, block) =>
    new Promise((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0);
      take = (bytes) => {
        received = Buffer.concat([received, bytes]);
        const answer = decodeAnswer(received, unit, block);
        if (answer.kind === "more") return;
        take = unasked;
        if (answer.kind === "data") resolve(answer.bytes);
        else if (answer.kind === "broken") reject(new Error(answer.reason));
        else reject(Object.assign(new Error("refused"), { modbusCode: answer.code }));
      };
      socket.write(encodeRequest(unit, block));
    });
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
