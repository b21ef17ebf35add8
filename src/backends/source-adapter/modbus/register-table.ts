import { type CsvError, parse } from "csv-parse/sync";
import { type RegisterMap, registerMap, valueOrders, type valueTypes } from "./register-map.ts";

/** A register map read from a table. */
export interface RegisterTable {
  /** null: a row has an error. */
  readonly map: RegisterMap | null;
  /** Rows with a register. */
  readonly rows: number;
  readonly errors: readonly RowError[];
}

export interface RowError {
  /** Line of the file, from 1. */
  readonly row: number;
  /** null: the row as a whole. */
  readonly column: string | null;
  readonly detail: string;
}

/** Registers of one map. */
const ROWS_MAX = 2_000;
const columns = [
  "metric",
  "function",
  "address",
  "type",
  "order",
  "bit",
  "bits",
  "scale",
  "offset",
  "unit",
  "values",
  "invalid",
] as const;
type Column = (typeof columns)[number];
type Cells = Readonly<Partial<Record<Column, string>>>;

/** Names of types as PLC programmers and manuals write them. */
const typeNames: Readonly<Record<string, (typeof valueTypes)[number]>> = {
  int: "int16",
  short: "int16",
  word: "uint16",
  uint: "uint16",
  dint: "int32",
  long: "int32",
  dword: "uint32",
  udint: "uint32",
  lint: "int64",
  ulint: "uint64",
  float: "float32",
  real: "float32",
  double: "float64",
  lreal: "float64",
};

/**
 * Reads the table that a manual or a spreadsheet gives: one row a metric, with the columns of a register map. Lines
 * `# order = CDAB` set options of the map. A row `status` with words as values is the state of the device. An address
 * of five or six digits without a function (40001) says its function by its first digit, as in many manuals.
 */
export function readRegisterTable(text: string): RegisterTable {
  const errors: RowError[] = [];
  const options = optionsOf(text, errors);
  const lines = linesOf(text, errors);
  const metrics: Record<string, unknown> = {};
  const rowOf = new Map<string, number>();
  let status: unknown = null;
  for (const { row, cells } of lines) {
    const name = cells.metric ?? "";
    const found = errors.length;
    const register = registerOf(cells, { base: options["address_base"], row, errors });
    if (name === "") errors.push({ row, column: "metric", detail: "is missing" });
    else if (rowOf.has(name))
      errors.push({ row, column: "metric", detail: `stands in line ${rowOf.get(name)} as well` });
    if (name === "" || rowOf.has(name) || errors.length > found) continue;
    rowOf.set(name, row);
    if (name === "status" && hasWords(register)) status = register;
    else metrics[name] = register;
  }
  if (lines.length === 0 && errors.length === 0)
    errors.push({ row: 1, column: null, detail: "there is no row with a register" });
  const parsed = registerMap.safeParse({ ...options, metrics, status });
  if (!parsed.success && errors.length === 0)
    errors.push(...parsed.error.issues.map((issue) => placed(issue, rowOf)));
  const map = errors.length === 0 && parsed.success ? parsed.data : null;
  return { map, rows: lines.length, errors: errors.toSorted((a, b) => a.row - b.row) };
}

/** `# key = value` lines; other comments are comments. */
function optionsOf(text: string, errors: RowError[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, key, value = ""] = /^\s*#\s*(\w+)\s*=\s*([^,;\t]*)/.exec(line) ?? [];
    if (key === undefined) continue;
    if (key === "device_type" || key === "order") options[key] = value.trim();
    else if (["address_base", "max_gap", "max_block"].includes(key)) options[key] = Number(value);
    else errors.push({ row: index + 1, column: key, detail: "is no option of a register map" });
  }
  return options;
}

function linesOf(
  text: string,
  errors: RowError[],
): readonly { readonly row: number; readonly cells: Cells }[] {
  try {
    const records = parse(text, {
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      bom: true,
      comment: "#",
      comment_no_infix: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      relax_column_count_less: true,
      delimiter: [",", ";", "\t"],
      to: ROWS_MAX + 1,
    }) as unknown as { info: { lines: number }; record: Record<string, string> }[];
    const header = Object.keys(records[0]?.record ?? {});
    for (const name of header)
      if (name !== "" && !columns.some((column) => column === name))
        errors.push({
          row: 1,
          column: name,
          detail: `is not read; columns are ${columns.join(", ")}`,
        });
    if (records.length > ROWS_MAX)
      errors.push({ row: ROWS_MAX + 1, column: null, detail: `more than ${ROWS_MAX} registers` });
    return records.slice(0, ROWS_MAX).map(({ info, record }) => ({
      row: info.lines,
      cells: Object.fromEntries(Object.entries(record).filter(([, cell]) => cell !== "")) as Cells,
    }));
  } catch (failure) {
    const { message, lines } = failure as CsvError & { readonly lines?: number };
    errors.push({ row: lines ?? 1, column: null, detail: message });
    return [];
  }
}

function registerOf(
  cells: Cells,
  about: { readonly base: unknown; readonly row: number; readonly errors: RowError[] },
): Readonly<Record<string, unknown>> {
  const { row, errors } = about;
  const number = (column: Column, cell: string | undefined): number | undefined => {
    if (cell === undefined) return undefined;
    if (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(cell)) return Number(cell);
    const isHex = /^0x[0-9a-f]+$/i.test(cell);
    if (isHex) return Number(cell);
    const detail = `must be a number with a decimal dot, got "${cell.slice(0, 50)}"`;
    errors.push({ row, column, detail });
    return undefined;
  };
  const { address, code } = placeOf(cells, about.base);
  const entries = {
    function: number("function", code),
    address: number("address", address),
    type: cells.type === undefined ? undefined : typeOf(cells.type),
    order: cells.order === undefined ? undefined : orderOf(cells.order),
    bit: number("bit", cells.bit),
    bits: number("bits", cells.bits),
    scale: number("scale", cells.scale),
    offset: number("offset", cells.offset),
    unit: cells.unit,
    values: cells.values === undefined ? undefined : pairsOf(cells.values, about),
    invalid: cells.invalid?.split("|").map((cell) => number("invalid", cell.trim()) ?? Number.NaN),
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

/** Function and address; 40001 is the first holding register. */
function placeOf(
  { function: code, address }: Cells,
  base: unknown,
): { readonly code: string | undefined; readonly address: string | undefined } {
  const [, table, number] = /^([0134])(\d{4,5})$/.exec(address ?? "") ?? [];
  if (code !== undefined || table === undefined) return { code, address };
  const codes: Readonly<Record<string, string>> = { "0": "1", "1": "2", "3": "4", "4": "3" };
  return { code: codes[table], address: String(Number(number) - (base === 1 ? 0 : 1)) };
}

function typeOf(cell: string): string {
  const name = cell.toLowerCase();
  return typeNames[name] ?? name;
}

function orderOf(cell: string): string {
  const order = cell.toUpperCase();
  if (valueOrders.some((one) => one === order)) return order;
  const names: Readonly<Record<string, string>> = { BIG: "ABCD", LITTLE: "DCBA", SWAPPED: "CDAB" };
  return names[order] ?? order;
}

/** `0=0|1=50`: what each raw value means. */
function pairsOf(
  cell: string,
  { row, errors }: { readonly row: number; readonly errors: RowError[] },
): Readonly<Record<string, number | string>> {
  const pairs = cell.split("|").map((pair) => pair.split("=").map((part) => part.trim()));
  if (pairs.some(([raw, value]) => raw === undefined || !value))
    errors.push({ row, column: "values", detail: "must be written 0=10|1=50" });
  return Object.fromEntries(
    pairs.map(([raw = "", value = ""]) => {
      const number = Number(value);
      return [raw, Number.isFinite(number) ? number : value];
    }),
  );
}

function hasWords({ values }: Readonly<Record<string, unknown>>): boolean {
  return Object.values((values ?? {}) as object).some((value) => typeof value === "string");
}

/** A fault of the map, at the row that it came from. */
function placed(
  { path, message }: { readonly path: readonly PropertyKey[]; readonly message: string },
  rowOf: ReadonlyMap<string, number>,
): RowError {
  const [section, ...inner] = path.map(String);
  const name = section === "metrics" ? (inner.shift() ?? "") : (section ?? "");
  const row = rowOf.get(name);
  const detail = message;
  if (row === undefined) return { row: 1, column: name === "" ? null : name, detail };
  return { row, column: inner[0] ?? null, detail };
}
