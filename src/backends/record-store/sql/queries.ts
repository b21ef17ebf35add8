import {
  type CompiledQuery,
  DummyDriver,
  type Expression,
  type ExpressionBuilder,
  Kysely,
  type RawBuilder,
  type SqlBool,
  sql,
} from "kysely";
import { type Fields, type Operator, visitComparisons } from "./comparisons.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlColumn, SqlTable } from "./tables.ts";

export interface Selection {
  readonly where?: Fields;
  readonly any?: readonly Fields[];
  readonly orderBy?: readonly (readonly [string, "asc" | "desc"])[];
  readonly limit?: number;
}

/** A parameter is written as its number: what is bound is known only when the query runs. */
type Schema = Record<string, Record<string, number>>;
type Builder = ExpressionBuilder<Schema, string>;

/**
 * Writes the queries of the port with Kysely, one for all that differ in their values only.
 * The order of parameters is the order in which a query names them: what is set, then `where`, then `any`.
 */
export interface QueryWriter {
  /** Rows in the order of `table.columns`. */
  select(table: SqlTable, selection: Selection, lock: boolean): CompiledQuery;
  count(table: SqlTable, selection: Selection, lock: boolean): CompiledQuery;
  /** Changes nothing where a unique field is taken already, or fails: see the dialect's `takenKey`. */
  insert(table: SqlTable, columns: readonly string[]): CompiledQuery;
  update(table: SqlTable, columns: readonly string[], where: Fields): CompiledQuery;
  remove(table: SqlTable, where: Fields): CompiledQuery;
  /** Binds the counter's name. */
  countUp(): CompiledQuery;
}

export function createQueryWriter(dialect: SqlDialect): QueryWriter {
  const { capabilities } = dialect;
  const kysely = new Kysely<Schema>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => new DummyDriver(),
      createIntrospector: () => {
        throw new Error("this Kysely only writes SQL");
      },
    },
  });
  const condition = (eb: Builder, table: SqlTable, selection: Selection, firstSlot = 0) =>
    createConditions(eb, { table, ignoresCase: capabilities.likeIgnoresCase, firstSlot }).of(
      selection,
    );

  return {
    select: (table, selection, lock) => {
      let query = kysely
        .selectFrom(table.name)
        .select(table.columns.map((column) => column.name))
        .where((eb) => condition(eb, table, selection));
      for (const [field, direction] of selection.orderBy ?? []) {
        query = query.orderBy(table.column(field).name, direction);
      }
      // In the text: SQLite plans a query with a bound limit anew each time.
      if (selection.limit !== undefined) query = query.limit(sql.lit(selection.limit));
      return (lock ? query.forUpdate() : query).compile();
    },
    count: (table, selection, lock) => {
      const query = kysely
        .selectFrom(table.name)
        .select((eb) => eb.fn.countAll().as("rows"))
        .where((eb) => condition(eb, table, selection));
      return (lock ? query.forUpdate() : query).compile();
    },
    insert: (table, columns) => {
      const query = kysely.insertInto(table.name).values(slotsOf(columns));
      if (capabilities.takenKey === "error") return query.compile();
      return query.onConflict((conflict) => conflict.doNothing()).compile();
    },
    update: (table, columns, where) =>
      kysely
        .updateTable(table.name)
        .set(slotsOf(columns))
        .where((eb) => condition(eb, table, { where }, columns.length))
        .compile(),
    remove: (table, where) =>
      kysely
        .deleteFrom(table.name)
        .where((eb) => condition(eb, table, { where }))
        .compile(),
    countUp: () => {
      if (capabilities.counterAnswer === "returning") return countUpReturning(kysely);
      return countUpAsInsertId(kysely);
    },
  };
}

function slotsOf(columns: readonly string[]): Record<string, number> {
  return Object.fromEntries(columns.map((column, slot) => [column, slot]));
}

function countUpReturning(kysely: Kysely<Schema>): CompiledQuery {
  return kysely
    .insertInto("counter")
    .values({ name: 0, value: sql.lit(1) })
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet((eb) => ({ value: eb("counter.value", "+", sql.lit(1)) })),
    )
    .returning("value")
    .compile();
}

function countUpAsInsertId(kysely: Kysely<Schema>): CompiledQuery {
  const asInsertId = (value: RawBuilder<number>): RawBuilder<number> =>
    sql<number>`last_insert_id(${value})`;
  return kysely
    .insertInto("counter")
    .values({ name: 0, value: asInsertId(sql<number>`1`) })
    .onDuplicateKeyUpdate({ value: asInsertId(sql<number>`${sql.ref("value")} + 1`) })
    .compile();
}

interface ConditionOptions {
  readonly table: SqlTable;
  readonly ignoresCase: boolean;
  readonly firstSlot: number;
}

/** Numbers the parameters as `visitComparisons` hands out their values. */
function createConditions(eb: Builder, { table, ignoresCase, firstSlot }: ConditionOptions) {
  let slot = firstSlot;
  const compare = (column: SqlColumn, operator: Operator, slots: readonly number[]) => {
    const [first = 0] = slots;
    const reference = sql.ref(column.name);
    switch (operator) {
      case "absent":
        return eb(column.name, "is", null);
      case "present":
        return eb(column.name, "is not", null);
      case "never":
        return eb.or([]);
      case "in":
        return eb(column.name, "in", slots);
      case "in or absent":
        return eb.or([eb(column.name, "in", slots), eb(column.name, "is", null)]);
      case "differs":
        return eb.or([eb(column.name, "!=", first), eb(column.name, "is", null)]);
      case "contains":
        return ignoresCase
          ? sql<SqlBool>`${reference} like ${first} escape '!'`
          : sql<SqlBool>`lower(${reference}) like lower(${first}) escape '!'`;
      default:
        return eb(column.name, operator, first);
    }
  };
  const allOf = (fields: Fields): Expression<SqlBool>[] => {
    const parts: Expression<SqlBool>[] = [];
    visitComparisons(table, fields, (column, operator, values) => {
      parts.push(
        compare(
          column,
          operator,
          values.map(() => slot++),
        ),
      );
    });
    return parts;
  };
  return {
    of: ({ where = {}, any }: Selection): Expression<SqlBool> => {
      const parts = allOf(where);
      if (any !== undefined) parts.push(eb.or(any.map((fields) => eb.and(allOf(fields)))));
      return eb.and(parts);
    },
  };
}
