import { readFile } from "node:fs/promises";
import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import { parseYamlMap } from "../../../kernel/yaml-document.ts";
import { isMetricName } from "../../../model/basics.ts";
import { canonicalUnit } from "../../../model/units.ts";
import { registersOf } from "./value-codec.ts";

/** Read coils, discrete inputs, holding registers, input registers. There are no others in this code. */
export const readFunctions = [1, 2, 3, 4] as const;
export type ReadFunction = (typeof readFunctions)[number];

export const valueTypes = [
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
] as const;
/** How bytes of a value lie in its registers: A is the most significant; registers are AB, then CD. */
export const valueOrders = ["ABCD", "CDAB", "BADC", "DCBA"] as const;

const place = {
  function: z
    .literal(readFunctions)
    .describe("1 coils, 2 discrete inputs, 3 holding, 4 input registers"),
  address: z.int().min(0).max(65_536).describe("Of its first register or of its bit"),
};
const order = z
  .enum(valueOrders)
  .describe("ABCD big-endian; CDAB words swapped; BADC bytes swapped; DCBA little-endian");
const number = {
  type: z.enum(valueTypes).default("uint16").describe("Type of the value; of no meaning for bits"),
  order: order.nullable().default(null).describe("null: that of the map"),
  bit: z
    .int()
    .min(0)
    .max(63)
    .nullable()
    .default(null)
    .describe("Lowest bit of a bit field, 0: least significant"),
  bits: z.int().min(1).max(32).default(1).describe("Width of the bit field"),
};

const metric = z.strictObject({
  ...place,
  ...number,
  scale: z
    .number()
    .refine((value) => value !== 0, "must not be 0")
    .default(1)
    .describe("The value is raw × scale + offset"),
  offset: z.number().default(0),
  unit: z
    .string()
    .refine(
      (text) => canonicalUnit(text) !== null,
      "must be a unit that IAI knows, see docs/api.md",
    )
    .nullable()
    .default(null)
    .describe("Unit of the value; null: the metric's own"),
  values: z
    .record(z.string().regex(/^-?\d+$/), z.number())
    .nullable()
    .default(null)
    .describe("Number for each raw value; what is not listed is a bad value"),
  invalid: z.array(z.number()).default([]).describe("Raw values that mean: no measurement"),
});

const status = z.strictObject({
  ...place,
  ...number,
  values: z
    .record(z.string().regex(/^-?\d+$/), z.string().max(50))
    .describe("Word for each raw value"),
});

const mapFields = z.strictObject({
  device_type: z.string().optional().describe("For people"),
  address_base: z
    .literal([0, 1])
    .default(0)
    .describe("1: addresses are numbered from 1, as in many manuals"),
  order: order.default("ABCD").describe("Order of values that do not say their own"),
  max_gap: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe("Registers between two values that may be read with them"),
  max_block: z.int().min(4).max(125).default(125).describe("Registers of one request"),
  metrics: z.record(z.string().refine(isMetricName, "must be the name of a metric"), metric),
  status: status.nullable().default(null).describe("The device's own state, as a word"),
});

/** A register map as YAML has it, or as a source has it in itself. */
export const registerMap = mapFields.superRefine((map, context) => {
  const fault = firstFault(map);
  if (fault === null) return;
  const path = fault.name === "status" ? ["status"] : ["metrics", fault.name];
  context.addIssue({ code: "custom", path, message: fault.reason });
});

export type RegisterMap = z.infer<typeof mapFields>;
export type MetricRegister = RegisterMap["metrics"][string];
export type StatusRegister = NonNullable<RegisterMap["status"]>;
/** What all of them have in common. */
export type Register = Pick<
  MetricRegister,
  "function" | "address" | "type" | "order" | "bit" | "bits"
>;

export async function loadRegisterMap(path: string): Promise<RegisterMap> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new IaiError("MAP_INVALID", `Cannot start: the register map "${path}" cannot be read`, {
      cause,
    });
  }
  return parseRegisterMap(path, text);
}

/** The map in a YAML text; MAP_INVALID says which entry is wrong. */
export function parseRegisterMap(path: string, text: string): RegisterMap {
  const parsed = registerMap.safeParse(parseYamlMap(path, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw invalid(path, `${where === "" ? "" : `${where}: `}${issue?.message ?? ""}`);
  }
  return parsed.data;
}

/** The first entry that cannot be, and why; null: there is none. */
function firstFault(map: RegisterMap): { readonly name: string; readonly reason: string } | null {
  const entries: [string, Register][] = Object.entries(map.metrics);
  if (map.status !== null) entries.push(["status", map.status]);
  for (const [name, register] of entries) {
    const reason = faultOf(register, map);
    if (reason !== null) return { name, reason };
  }
  return null;
}

/** What no schema of one field can see. */
function faultOf(
  register: Register,
  { address_base: base, max_block: block }: RegisterMap,
): string | null {
  const isBit = register.function <= 2;
  const last = register.address - base + (isBit ? 1 : registersOf(register.type)) - 1;
  if (register.address < base || last > 65_535) return "must have an address that exists";
  if (isBit && (register.bit !== null || register.type !== "uint16"))
    return "must have no type: a coil or an input is a bit";
  if (register.bit === null)
    return registersOf(register.type) > block ? "must not be longer than max_block" : null;
  if (register.type.startsWith("float")) return "must be a whole number to have a bit field";
  const width = registersOf(register.type) * 16;
  return register.bit + register.bits > width ? `must lie within its ${width} bits` : null;
}

function invalid(path: string, reason: string): IaiError {
  return new IaiError(
    "MAP_INVALID",
    `Cannot start: the register map "${path}" is not valid: ${reason}`,
  );
}
