import type { RecordTables, TableName } from "../../model/records.ts";
import type { RecordStore, Where } from "../../ports/record-store.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

/** Order of a list: one field, and the primary key to tell equals apart. */
export interface PageOrder<T extends TableName> {
  readonly field: keyof RecordTables[T] & string;
  readonly fieldType: "string" | "number";
  readonly id: keyof RecordTables[T] & string;
  readonly direction: "asc" | "desc";
}

export interface PageRequest<T extends TableName> {
  readonly table: T;
  readonly where: Where<T>;
  readonly order: PageOrder<T>;
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface Page<R> {
  readonly rows: readonly R[];
  readonly nextCursor: string | null;
}

/**
 * One page of a table by key set: rows that come or go meanwhile never shift the others, so nothing is given
 * twice or left out.
 */
export async function listPage<T extends TableName>(
  records: Pick<RecordStore, "read">,
  request: PageRequest<T>,
): Promise<Page<RecordTables[T]>> {
  const { table, where, order, cursor, limit } = request;
  const sameField = order.field === order.id;
  const rows = await records.read((tx) =>
    tx.list(table, {
      where,
      ...(cursor === undefined ? {} : { any: beyond(order, cursor) }),
      orderBy: sameField
        ? [[order.field, order.direction]]
        : [
            [order.field, order.direction],
            [order.id, order.direction],
          ],
      limit: limit + 1,
    }),
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page, nextCursor: null };
  const parts = [last[order.field], last[order.id]] as unknown as [string | number, string];
  return { rows: page, nextCursor: encodeCursor(sameField ? parts.slice(0, 1) : parts) };
}

/** Rows after the cursor: a later field, or the same field and a later key. */
function beyond<T extends TableName>(order: PageOrder<T>, cursor: string): readonly Where<T>[] {
  const side = order.direction === "asc" ? "gt" : "lt";
  const sameField = order.field === order.id;
  const shape = sameField ? [order.fieldType] : [order.fieldType, "string" as const];
  const [value, id] = decodeCursor(cursor, shape);
  const after = { [order.field]: { [side]: value } };
  const alternatives = sameField
    ? [after]
    : [after, { [order.field]: value, [order.id]: { [side]: id } }];
  // The field names come from the typed order above; the record type cannot follow a computed key.
  return alternatives as unknown as readonly Where<T>[];
}
