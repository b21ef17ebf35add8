import type { EpochMs } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import type { ModbusDeviceConfig } from "./config.ts";
import { describeBlock, exceptionOf, isPermanent } from "./errors.ts";
import type { ModbusReader } from "./modbus-reader.ts";
import type { PlannedRegister, ReadBlock } from "./read-plan.ts";
import type { RegisterMap } from "./register-map.ts";
import { decodeBit, decodeBitField, decodeRegisters, meaningOf } from "./value-codec.ts";

/** What one poll of a slave has brought. */
export interface PollResult {
  readonly values: ReadonlyMap<string, number | string>;
  readonly status: string | null;
  /** What the slave refuses to tell, in words; null: it told everything. */
  readonly trouble: string | null;
}

export interface PolledDevice {
  readonly config: ModbusDeviceConfig;
  readonly map: RegisterMap;
  readonly plan: readonly ReadBlock[];
}

/**
 * Reads all blocks of a device. A block that its slave does not know makes the values in it bad and leaves the others
 * alone; a slave that is busy or silent fails the poll.
 */
export async function pollDevice(reader: ModbusReader, device: PolledDevice): Promise<PollResult> {
  const { config, map, plan } = device;
  const values = new Map<string, number | string>();
  let status: string | null = null;
  const troubles: string[] = [];
  for (const block of plan) {
    const answer = await readBlock(reader, config, block);
    if (typeof answer === "string")
      troubles.push(`${describeBlock(block, map.address_base)}: ${answer}`);
    for (const entry of block.entries) {
      const raw = typeof answer === "string" ? null : rawOf(answer, entry, map);
      if (entry.metric === null) status = raw === null ? null : (map.status?.values[raw] ?? null);
      else
        values.set(entry.metric, raw === null ? String(answer) : meaning(map, entry.metric, raw));
    }
  }
  return { values, status, trouble: troubles.length === 0 ? null : troubles.join("; ") };
}

/** The bytes of the answer, or in words why the slave has none for this block. */
async function readBlock(
  reader: ModbusReader,
  { unit, timeoutMs }: ModbusDeviceConfig,
  block: ReadBlock,
): Promise<Buffer | string> {
  try {
    return await reader.read(unit, block, timeoutMs);
  } catch (cause) {
    const exception = exceptionOf(cause);
    if (exception === null || !isPermanent(exception)) throw cause;
    return exception.words;
  }
}

function rawOf(bytes: Buffer, { register, offset }: PlannedRegister, map: RegisterMap): number {
  if (register.function <= 2) return decodeBit(bytes, offset);
  const part = bytes.subarray(offset * 2);
  const order = register.order ?? map.order;
  const { bit } = register;
  return bit === null
    ? decodeRegisters(part, { type: register.type, order })
    : decodeBitField(part, { ...register, bit, order });
}

function meaning(map: RegisterMap, metric: string, raw: number): number | string {
  const register = map.metrics[metric];
  return register === undefined ? String(raw) : meaningOf(raw, register);
}

/** The reading of a poll. What is no number stays a text, which ingest keeps as a bad value. */
export function readingOf(
  { config, map }: PolledDevice,
  { values, status }: PollResult,
  { at, source }: { readonly at: EpochMs; readonly source: string },
): SourceItem {
  const { deviceId, factoryId, lineId } = config;
  const units = Object.fromEntries(
    [...values.keys()].flatMap((metric) => {
      const unit = map.metrics[metric]?.unit ?? null;
      return unit === null ? [] : [[metric, unit] as const];
    }),
  );
  const value = {
    device_id: deviceId,
    timestamp: at,
    ...(factoryId === null ? {} : { factory_id: factoryId }),
    ...(lineId === null ? {} : { line_id: lineId }),
    ...(status === null ? {} : { status }),
    ...(Object.keys(units).length === 0 ? {} : { units }),
    metrics: Object.fromEntries(values),
  };
  const bytes = Buffer.from(JSON.stringify(value));
  return { value, fault: null, bytes, source, timeFrom: "arrival" };
}
