import type { MetricName } from "../../../model/basics.ts";
import type { ValueFault } from "../../../model/reading.ts";

/** One metric of a table; what most readings do not have takes no memory until the first that has it. */
export interface MetricColumn {
  readonly name: MetricName;
  /** NaN: no number. */
  values: Float64Array;
  /** 0: not given. */
  qualities: Uint8Array | null;
  faults: (ValueFault | null)[] | null;
  sourceValues: Float64Array | null;
  sourceUnits: (string | null)[] | null;
}

/** A column without a single value. */
export function createColumn(name: MetricName, capacity: number): MetricColumn {
  const values = new Float64Array(capacity).fill(Number.NaN);
  return { name, values, qualities: null, faults: null, sourceValues: null, sourceUnits: null };
}

/** Gives a column this many rows; the new ones are empty. */
export function growColumn(column: MetricColumn, capacity: number): void {
  const values = new Float64Array(capacity).fill(Number.NaN);
  values.set(column.values);
  column.values = values;
  if (column.qualities !== null) {
    const qualities = new Uint8Array(capacity);
    qualities.set(column.qualities);
    column.qualities = qualities;
  }
  if (column.sourceValues !== null) {
    const sources = new Float64Array(capacity);
    sources.set(column.sourceValues);
    column.sourceValues = sources;
  }
}

/** Moves the rows from `row` to `count` one down and leaves an empty one. */
export function insertGap(column: MetricColumn, row: number, count: number): void {
  column.values.copyWithin(row + 1, row, count);
  column.values[row] = Number.NaN;
  if (column.qualities !== null) {
    column.qualities.copyWithin(row + 1, row, count);
    column.qualities[row] = 0;
  }
  column.sourceValues?.copyWithin(row + 1, row, count);
  insertNull(column.faults, row);
  insertNull(column.sourceUnits, row);
}

/** Such a list is only as long as its last entry. */
function insertNull(list: (unknown | null)[] | null, row: number): void {
  if (list !== null && row < list.length) list.splice(row, 0, null);
}
