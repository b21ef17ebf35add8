import { Socket } from "node:net";
import type { Framing } from "./config.ts";
import { readFunctions } from "./register-map.ts";
import { isRtuReadRequest } from "./rtu-frame.ts";

/** Where the function code stands in a frame of Modbus TCP: after the header of seven bytes. */
const FUNCTION_AT = 7;
const READ_REQUEST_BYTES = 12;

/**
 * A socket that lets requests of functions 1 to 4 out and nothing else, whoever holds it. The library can write; this
 * is why a field device can not be written to through IAI, by no mistake and by no later change above.
 * It is held where all bytes pass, below `write` and `end`: `connect` puts the original `write` back.
 */
export function createReadOnlySocket(framing: Framing = "tcp"): Socket {
  return new ReadOnlySocket(framing);
}

class ReadOnlySocket extends Socket {
  readonly #framing: Framing;

  constructor(framing: Framing) {
    super();
    this.#framing = framing;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    if (this.#isReading(chunk)) super._write(chunk, encoding, done);
    else done(stopped());
  }

  /** Several that had to wait. */
  override _writev(
    chunks: { readonly chunk: unknown; readonly encoding: BufferEncoding }[],
    done: Done,
  ): void {
    if (chunks.every(({ chunk }) => this.#isReading(chunk))) super._writev?.(chunks, done);
    else done(stopped());
  }

  #isReading(chunk: unknown): boolean {
    if (!(chunk instanceof Uint8Array)) return false;
    if (this.#framing === "tcp") return isReadRequest(chunk);
    return isRtuReadRequest(chunk, readFunctions);
  }
}

type Done = (failure?: Error | null) => void;

const stopped = (): Error => new Error("a request that is no reading was stopped");

/** One whole request to read, neither more nor less. */
export function isReadRequest(frame: Uint8Array): boolean {
  if (frame.byteLength !== READ_REQUEST_BYTES) return false;
  const code = frame[FUNCTION_AT];
  const length = ((frame[4] ?? 0) << 8) | (frame[5] ?? 0);
  return readFunctions.some((one) => one === code) && length === READ_REQUEST_BYTES - 6;
}
