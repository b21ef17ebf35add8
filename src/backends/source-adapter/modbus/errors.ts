import { IaiError } from "../../../kernel/errors.ts";
import type { ReadBlock } from "./read-plan.ts";

/** Exception codes (specification, section 7) that say something about the request: the map or the unit is wrong. */
const permanent: readonly number[] = [1, 2, 3];

const exceptionNames: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "server device failure",
  5: "acknowledge, not yet",
  6: "server device busy",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "gateway target device failed to respond",
};

/** The slave has answered that it will not answer. */
export interface ModbusException {
  readonly exception: number;
  readonly words: string;
}

/** null: it is no exception of Modbus, so the connection is in doubt. */
export function exceptionOf(cause: unknown): ModbusException | null {
  if (typeof cause !== "object" || cause === null || !("modbusCode" in cause)) return null;
  const exception = Number(cause.modbusCode);
  return { exception, words: `exception ${exception} (${exceptionNames[exception] ?? "unknown"})` };
}

/** True: asking again gives the same answer. */
export function isPermanent({ exception }: ModbusException): boolean {
  return permanent.includes(exception);
}

export function connectionFailure(address: string, cause: unknown): IaiError {
  return new IaiError("SOURCE_UNREACHABLE", `Cannot read from ${address}: ${reasonOf(cause)}`, {
    cause,
  });
}

export function slaveFailure(unit: number, reason: string, cause?: unknown): IaiError {
  const message = `Cannot read unit ${unit}: ${reason}, nothing was read`;
  return new IaiError("SOURCE_UNREACHABLE", message, { cause });
}

/** `holding registers 100–104`, as a map's author knows them. */
export function describeBlock({ function: code, address, count }: ReadBlock, base: number): string {
  const names = { 1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers" };
  const first = address + base;
  return `${names[code]} ${first}${count > 1 ? `–${first + count - 1}` : ""}`;
}

export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message === "" && "code" in cause) return String(cause.code);
  return cause.message;
}
