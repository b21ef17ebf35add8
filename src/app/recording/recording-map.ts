import { readFile } from "node:fs/promises";
import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { IaiError } from "../../kernel/errors.ts";
import { isIdentifier } from "../../model/basics.ts";
import { canonicalUnit, convert, knownUnits, standardUnits } from "../../model/units.ts";

const identifier = z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -");
const unit = z
  .string()
  .refine(
    (name) => canonicalUnit(name) !== null,
    `UNIT_UNKNOWN, must be one of ${knownUnits().join(" ")}`,
  );
const start = z.iso.datetime({ offset: true });

const timestampSchema = z.union([
  z.strictObject({
    column: z.string().describe("Column with a date and time"),
    zone: z
      .string()
      .optional()
      .describe("UTC, +08:00 or a name such as Asia/Shanghai; default UTC"),
  }),
  z.strictObject({
    column: z.string().describe("Column with a number"),
    unit: z.enum(["ms", "s", "min", "h", "d"]),
    start: start.optional().describe("Where the number counts from; default 1970-01-01T00:00:00Z"),
  }),
  z.strictObject({
    start,
    step_s: z.number().positive().describe("Seconds between rows that carry no time"),
  }),
]);

const metricSchema = z
  .strictObject({
    column: z.string().optional(),
    columns: z.array(z.string()).min(1).optional(),
    take: z.enum(["max", "min", "mean", "sum"]).optional(),
    unit: unit.optional().describe("Unit in the file; default: the metric's own"),
  })
  .refine((metric) => (metric.column === undefined) !== (metric.columns === undefined), {
    message: "needs either column or columns",
  })
  .refine((metric) => metric.columns === undefined || metric.take !== undefined, {
    message: "columns needs take: max | min | mean | sum",
  });

const mapSchema = z.strictObject({
  separator: z.string().min(1).max(3).default(","),
  header: z.array(z.string()).min(1).optional().describe("Column names of a file without a header"),
  timestamp: timestampSchema,
  device: z.union([identifier, z.strictObject({ column: z.string() })]).optional(),
  metrics: z
    .record(identifier, metricSchema)
    .refine((metrics) => Object.keys(metrics).length > 0, "needs at least one metric"),
  ignore: z.array(z.string()).default([]),
});

/** How the columns of a recording become readings. */
export type RecordingMap = z.infer<typeof mapSchema>;

/** Reads a map file; MAP_INVALID names the file, the line and the column. */
export async function loadRecordingMap(path: string): Promise<RecordingMap> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new IaiError("MAP_INVALID", `Cannot read the map "${path}": ${reasonOf(cause)}`, {
      cause,
    });
  }
  return parseRecordingMap(text, path);
}

/** The map in a text; `path` is for messages only. */
export function parseRecordingMap(text: string, path: string): RecordingMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw invalid(path, lines.linePos(syntax.pos[0]), syntax.message);
  const result = mapSchema.safeParse(document.toJS() ?? {});
  if (!result.success) {
    const [issue] = result.error.issues;
    const keys = issue?.path.map(String) ?? [];
    const extra = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    const place = positionOf(document, [...keys, ...extra]);
    const about = keys.length > 0 ? `${keys.join(".")}: ` : "";
    throw invalid(path, lines.linePos(place), `${about}${messageOf(issue)}`);
  }
  refuseIgnoredUse(result.data, path);
  refuseOtherQuantity(result.data, { path, document, lines });
  return result.data;
}

/** Every column that the map reads. */
export function columnsOf(map: RecordingMap): readonly string[] {
  const columns = Object.values(map.metrics).flatMap((m) => m.columns ?? [m.column ?? ""]);
  if ("column" in map.timestamp) columns.push(map.timestamp.column);
  if (typeof map.device === "object") columns.push(map.device.column);
  return columns;
}

/** A label that is ignored must not come back as a metric. */
function refuseIgnoredUse(map: RecordingMap, path: string): void {
  const used = columnsOf(map).find((column) => map.ignore.includes(column));
  if (used === undefined) return;
  throw invalid(path, { line: 1, col: 1 }, `column "${used}" is both ignored and read`);
}

/** Velocity is no acceleration: a unit of another quantity could not be converted in any row. */
function refuseOtherQuantity(
  map: RecordingMap,
  { path, document, lines }: { path: string; document: Document; lines: LineCounter },
): void {
  for (const [metric, { unit: written }] of Object.entries(map.metrics)) {
    const own = standardUnits[metric];
    if (own === undefined || written === undefined || convert(1, written, own).ok) continue;
    const place = lines.linePos(positionOf(document, ["metrics", metric, "unit"]));
    const reason = `metrics.${metric}.unit: UNIT_INCOMPATIBLE, "${written}" cannot become "${own}"`;
    throw invalid(path, place, reason);
  }
}

function messageOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== "invalid_union") return issue?.message ?? "not valid";
  const form = "{ column, zone }, { column, unit, start } or { start, step_s }";
  return issue.path[0] === "timestamp" ? `must be ${form}` : "must be a name or { column: … }";
}

/** Offset of the deepest part of the path that stands in the file; for a key itself, of the key. */
function positionOf(document: Document, path: readonly string[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) continue;
    const pair = parent.items.find((item) => String(item.key) === path[length - 1]);
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  return 0;
}

function invalid(path: string, at: { line: number; col: number }, reason: string): IaiError {
  const data = { file: path, line: at.line, column: at.col };
  const place = `${path}:${at.line}:${at.col}`;
  return new IaiError("MAP_INVALID", `Cannot use the map ${place}: ${reason}`, { data });
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
