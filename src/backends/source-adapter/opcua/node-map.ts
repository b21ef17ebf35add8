import { readFile } from "node:fs/promises";
import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import { parseYamlMap } from "../../../kernel/yaml-document.ts";
import { isIdentifier, isMetricName, type Ms } from "../../../model/basics.ts";
import { canonicalUnit } from "../../../model/units.ts";

/** `ns=2;s=PUMP_01.temperature`, or with the namespace's own name: `nsu=urn:plant;s=PUMP_01.temperature`. */
const nodePattern = /^(?:ns=\d{1,5};|nsu=[^;]+;)?(?:i=\d{1,10}|s=.+|g=[0-9A-Fa-f-]{36}|b=.+)$/;
/** Tags of one server. */
const TAGS_MAX = 20_000;

const identifier = z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -");

const timing = {
  sampling_ms: z.int().min(0).max(86_400_000).describe("The server looks at the value this often"),
  queue: z.int().min(1).max(100_000).describe("Values the server keeps for us between two answers"),
  expected_ms: z
    .int()
    .min(100)
    .max(86_400_000)
    .describe(
      "A tag that said nothing for this long is read; silent for three times as long it is told as silent",
    ),
};

const metric = z.strictObject({
  node: z
    .string()
    .max(4_000)
    .regex(nodePattern, "must be a node id such as ns=2;s=Pump.T or nsu=urn:plant;i=17")
    .describe("Id of its variable; {device} stands for the device's id"),
  unit: z
    .string()
    .refine(
      (text) => canonicalUnit(text) !== null,
      "must be a unit that IAI knows, see docs/api.md",
    )
    .nullable()
    .default(null)
    .describe("Unit of the value; null: the metric's own"),
  deadband: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Changes up to this size are not told, in the unit of the value; null: all are"),
  sampling_ms: timing.sampling_ms.optional(),
  queue: timing.queue.optional(),
  expected_ms: timing.expected_ms.optional(),
});

const device = z.strictObject({
  factory_id: identifier.nullable().default(null),
  line_id: identifier.nullable().default(null),
  metrics: z.record(z.string().refine(isMetricName, "must be the name of a metric"), metric),
});

/** A node map as YAML has it, or as a source has it in itself. */
export const nodeMap = z.strictObject({
  defaults: z
    .strictObject({
      sampling_ms: timing.sampling_ms.default(500),
      queue: timing.queue.default(20),
      expected_ms: timing.expected_ms.default(10_000),
    })
    .prefault({}),
  devices: z
    .record(identifier, device)
    .refine((devices) => countOf(devices) > 0, "must name a metric")
    .refine((devices) => countOf(devices) <= TAGS_MAX, `must name at most ${TAGS_MAX} metrics`),
});

export type NodeMap = z.infer<typeof nodeMap>;

function countOf(devices: Readonly<Record<string, z.infer<typeof device>>>): number {
  return Object.values(devices).reduce((sum, { metrics }) => sum + Object.keys(metrics).length, 0);
}

/** One variable of the server, and what it means. */
export interface MappedTag {
  readonly deviceId: string;
  readonly metric: string;
  /** As in the map, with the device's id filled in. */
  readonly node: string;
  readonly unit: string | null;
  readonly deadband: number | null;
  readonly samplingMs: Ms;
  readonly queue: number;
  readonly expectedMs: Ms;
  readonly factoryId: string | null;
  readonly lineId: string | null;
}

export async function loadNodeMap(path: string): Promise<NodeMap> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const message = `Cannot start: the node map "${path}" cannot be read`;
    throw new IaiError("MAP_INVALID", message, { cause });
  }
  return parseNodeMap(path, text);
}

/** The map in a YAML text; MAP_INVALID says which entry is wrong. */
export function parseNodeMap(path: string, text: string): NodeMap {
  const parsed = nodeMap.safeParse(parseYamlMap(path, text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  const reason = `${where === "" ? "" : `${where}: `}${issue?.message ?? ""}`;
  const message = `Cannot start: the node map "${path}" is not valid: ${reason}`;
  throw new IaiError("MAP_INVALID", message);
}

export function tagsOf({ defaults, devices }: NodeMap): readonly MappedTag[] {
  return Object.entries(devices).flatMap(([deviceId, { metrics, ...about }]) =>
    Object.entries(metrics).map(
      ([name, { node, unit, deadband, ...own }]): MappedTag => ({
        deviceId,
        metric: name,
        node: node.replaceAll("{device}", deviceId),
        unit,
        deadband,
        samplingMs: own.sampling_ms ?? defaults.sampling_ms,
        queue: own.queue ?? defaults.queue,
        expectedMs: own.expected_ms ?? defaults.expected_ms,
        factoryId: about.factory_id,
        lineId: about.line_id,
      }),
    ),
  );
}
