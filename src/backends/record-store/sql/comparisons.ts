import type { SqlColumn, SqlTable } from "./tables.ts";

/** Fields joined by AND; see `Where` of the port. */
export type Fields = Readonly<Record<string, unknown>>;

/** `never` is true of no row. `differs` is true of rows without a value, as in TypeScript and not as in SQL. */
export type Operator =
  | "="
  | ">="
  | ">"
  | "<"
  | "<="
  | "differs"
  | "contains"
  | "in"
  | "in or absent"
  | "absent"
  | "present"
  | "never";

/** Sees one comparison; `values` are the encoded values that it binds, none for the last three operators. */
export type Visit = (column: SqlColumn, operator: Operator, values: readonly unknown[]) => void;

const none: readonly unknown[] = [];

/** The comparisons of `fields` in their order. Text and parameters of a query both come from here, so they agree. */
export function visitComparisons(table: SqlTable, fields: Fields, visit: Visit): void {
  for (const field of Object.keys(fields)) {
    const wanted = fields[field];
    if (wanted === undefined) continue;
    const column = table.column(field);
    if (wanted === null) visit(column, "absent", none);
    else if (typeof wanted === "object") visitWanted(column, wanted, visit);
    else visit(column, "=", [column.encode(wanted)]);
  }
}

const ranges = [
  ["gte", ">="],
  ["gt", ">"],
  ["lt", "<"],
  ["lte", "<="],
] as const;

function visitWanted(column: SqlColumn, wanted: object, visit: Visit): void {
  if ("in" in wanted) visitSet(column, wanted.in as readonly unknown[], visit);
  else if ("not" in wanted) {
    if (wanted.not === null) visit(column, "present", none);
    else visit(column, "differs", [column.encode(wanted.not)]);
  } else if ("contains" in wanted) {
    const pattern = `%${String(wanted.contains).replace(/[!%_]/g, "!$&")}%`;
    visit(column, "contains", [pattern]);
  } else visitBounds(column, wanted as Fields, visit);
}

function visitBounds(column: SqlColumn, bounds: Fields, visit: Visit): void {
  for (const [name, operator] of ranges) {
    const bound = bounds[name];
    if (bound !== undefined) visit(column, operator, [column.encode(bound)]);
  }
}

function visitSet(column: SqlColumn, wanted: readonly unknown[], visit: Visit): void {
  const values = wanted.filter((value) => value !== null).map(column.encode);
  const absent = values.length < wanted.length;
  if (values.length === 0) {
    visit(column, absent ? "absent" : "never", none);
    return;
  }
  // The last value repeated up to a power of two: otherwise every length would be a query of its own.
  const last = values.at(-1) ?? null;
  while (!isPowerOfTwo(values.length)) values.push(last);
  visit(column, absent ? "in or absent" : "in", values);
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
