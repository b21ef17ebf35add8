import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../../../model/reading.ts";
import { createColumn, growColumn, insertGap, type MetricColumn } from "./metric-column.ts";

/** What became of a reading that was put into a table. */
export type PutOutcome = "stored" | "duplicate" | "conflict";

const FIRST_CAPACITY = 16;
/** Arrays of a table that are there whatever the metrics. */
const FIXED_ARRAYS = 5;

const qualityCodes: readonly (Quality | null)[] = [null, "uncertain", "bad", "good"];

/**
 * Readings of one device in columns, sorted by time, one row an instant. Ten minutes at 1/s of six metrics are
 * some typed arrays instead of 600 maps; an absent number is NaN.
 */
export class ChunkTable {
  count = 0;
  capacity = FIRST_CAPACITY;
  at = new Float64Array(FIRST_CAPACITY);
  receivedAt = new Float64Array(FIRST_CAPACITY);
  configVersion = new Float64Array(FIRST_CAPACITY);
  seq = new Float64Array(FIRST_CAPACITY);
  status: (string | null)[] = [];
  readonly columns: MetricColumn[] = [];
  readonly #byName = new Map<MetricName, MetricColumn>();

  /** Cells of memory it takes, 8 bytes each. */
  get cells(): number {
    return this.capacity * (FIXED_ARRAYS + this.columns.length);
  }

  get firstAt(): EpochMs {
    return this.at[0] ?? Number.POSITIVE_INFINITY;
  }

  get lastAt(): EpochMs {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : (this.at[this.count - 1] ?? 0);
  }

  column(metric: MetricName): MetricColumn | undefined {
    return this.#byName.get(metric);
  }

  /** Adds a column that is as long as the table. */
  addColumn(metric: MetricName): MetricColumn {
    const column = createColumn(metric, this.capacity);
    this.columns.push(column);
    this.#byName.set(metric, column);
    return column;
  }

  /** Row at exactly this time, or −1. */
  find(at: EpochMs): number {
    const row = this.lowerBound(at);
    return row < this.count && this.at[row] === at ? row : -1;
  }

  /** First row that is not before `at`. */
  lowerBound(at: EpochMs): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.at[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Takes a reading: a new instant becomes a row, another metric joins its row, the same again is a duplicate.
   * A conflict changes nothing. `known` are metrics that are stored elsewhere already and are left out.
   */
  put(reading: Reading, known: ReadonlySet<MetricName> | null = null): PutOutcome {
    const at = reading.measuredAt;
    let row = at > this.lastAt ? this.count : this.lowerBound(at);
    const exists = row < this.count && this.at[row] === at;
    if (exists) {
      const standing = this.compare(row, reading, known);
      if (standing.conflict) return "conflict";
      const metrics = metricsOf(reading);
      if (metrics.every((metric) => standing.same.has(metric) || known?.has(metric))) {
        return "duplicate";
      }
      known = known === null ? standing.same : new Set([...known, ...standing.same]);
    } else {
      row = this.#openRow(row, reading);
    }
    if (Number.isNaN(this.seq[row] ?? 0)) this.seq[row] = reading.seq ?? Number.NaN;
    this.status[row] ??= reading.status;
    this.#fill(row, reading, known);
    return "stored";
  }

  /** Which metrics of the reading stand in this row with the same value, and whether one differs. */
  compare(
    row: number,
    reading: Reading,
    known: ReadonlySet<MetricName> | null = null,
  ): { readonly conflict: boolean; readonly same: Set<MetricName> } {
    const same = new Set<MetricName>();
    for (const metric of metricsOf(reading)) {
      const column = known?.has(metric) ? undefined : this.#byName.get(metric);
      if (column === undefined || !isPresent(column, row)) continue;
      const stored = column.values[row] ?? Number.NaN;
      const offered = reading.values.get(metric) ?? Number.NaN;
      const bothAbsent = Number.isNaN(stored) && Number.isNaN(offered);
      const fault = reading.faults?.get(metric) ?? null;
      const equal = bothAbsent
        ? sameFault(column.faults?.[row] ?? null, fault)
        : stored === offered;
      if (!equal) return { conflict: true, same };
      same.add(metric);
    }
    return { conflict: false, same };
  }

  /** The reading of a row with the metrics asked for; null: it has none of them. */
  reading(
    row: number,
    deviceId: DeviceId,
    metrics: ReadonlySet<MetricName> | null,
  ): Reading | null {
    const values = new Map<MetricName, number>();
    let qualities: Map<MetricName, Quality> | null = null;
    let faults: Map<MetricName, ValueFault> | null = null;
    let sources: Map<MetricName, SourceQuantity> | null = null;
    for (const column of this.columns) {
      if (metrics !== null && !metrics.has(column.name)) continue;
      const value = column.values[row] ?? Number.NaN;
      if (!Number.isNaN(value)) values.set(column.name, value);
      const quality = qualityCodes[column.qualities?.[row] ?? 0] ?? null;
      if (quality !== null) qualities = (qualities ?? new Map()).set(column.name, quality);
      const fault = column.faults?.[row] ?? null;
      if (fault !== null) faults = (faults ?? new Map()).set(column.name, fault);
      const unit = column.sourceUnits?.[row] ?? null;
      if (unit !== null) {
        const source = { value: column.sourceValues?.[row] ?? 0, unit };
        sources = (sources ?? new Map()).set(column.name, source);
      }
    }
    if (metrics !== null && values.size === 0 && qualities === null && faults === null) return null;
    const seq = this.seq[row] ?? Number.NaN;
    return {
      deviceId,
      measuredAt: this.at[row] ?? 0,
      receivedAt: this.receivedAt[row] ?? 0,
      values,
      qualities,
      faults,
      sources,
      seq: Number.isNaN(seq) ? null : seq,
      status: this.status[row] ?? null,
      configVersion: this.configVersion[row] ?? 0,
    };
  }

  #openRow(row: number, reading: Reading): number {
    if (this.count === this.capacity) this.#grow();
    if (row < this.count) {
      for (const column of [this.at, this.receivedAt, this.configVersion, this.seq]) {
        column.copyWithin(row + 1, row, this.count);
      }
      this.status.splice(row, 0, null);
      for (const column of this.columns) insertGap(column, row, this.count);
    }
    this.count += 1;
    this.at[row] = reading.measuredAt;
    this.receivedAt[row] = reading.receivedAt;
    this.configVersion[row] = reading.configVersion;
    this.seq[row] = Number.NaN;
    this.status[row] = null;
    return row;
  }

  #fill(row: number, reading: Reading, known: ReadonlySet<MetricName> | null): void {
    let guess = 0;
    for (const [metric, value] of reading.values) {
      // Readings of one device name their metrics in one order, which spares the look-up.
      const guessed = this.columns[guess++];
      if (known?.has(metric)) continue;
      const column = guessed?.name === metric ? guessed : this.#columnOf(metric);
      column.values[row] = value;
    }
    for (const [metric, quality] of reading.qualities ?? []) {
      if (known?.has(metric)) continue;
      const column = this.#columnOf(metric);
      column.qualities ??= new Uint8Array(this.capacity);
      column.qualities[row] = qualityCodes.indexOf(quality);
    }
    for (const [metric, fault] of reading.faults ?? []) {
      if (known?.has(metric)) continue;
      const column = this.#columnOf(metric);
      column.faults ??= [];
      column.faults[row] = fault;
    }
    for (const [metric, source] of reading.sources ?? []) {
      if (known?.has(metric)) continue;
      const column = this.#columnOf(metric);
      column.sourceValues ??= new Float64Array(this.capacity);
      column.sourceUnits ??= [];
      column.sourceValues[row] = source.value;
      column.sourceUnits[row] = source.unit;
    }
  }

  #columnOf(metric: MetricName): MetricColumn {
    return this.#byName.get(metric) ?? this.addColumn(metric);
  }

  #grow(): void {
    // By half: ten minutes at 1/s then fit into 620 rows, not into 1,024.
    this.resize(Math.ceil(this.capacity * 1.5));
  }

  /** Gives every column this many rows. */
  resize(capacity: number): void {
    const fixed = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity);
      grown.set(column.subarray(0, this.count));
      return grown;
    };
    this.at = fixed(this.at);
    this.receivedAt = fixed(this.receivedAt);
    this.configVersion = fixed(this.configVersion);
    this.seq = fixed(this.seq);
    for (const column of this.columns) growColumn(column, capacity);
    this.capacity = capacity;
  }
}

/** Joins tables of one device; where two hold the same metric of the same instant, the earlier table counts. */
export function mergeTables(tables: readonly ChunkTable[]): ChunkTable {
  const merged = new ChunkTable();
  for (const table of tables) {
    for (let row = 0; row < table.count; row += 1) {
      const reading = table.reading(row, "", null);
      if (reading === null) continue;
      const at = merged.find(reading.measuredAt);
      merged.put(reading, at < 0 ? null : metricsStored(merged, at));
    }
  }
  return merged;
}

/** Every metric that a reading says something about. */
export function metricsOf(reading: Reading): MetricName[] {
  if (reading.faults === null && reading.qualities === null) return [...reading.values.keys()];
  const metrics = new Set(reading.values.keys());
  for (const metric of reading.faults?.keys() ?? []) metrics.add(metric);
  for (const metric of reading.qualities?.keys() ?? []) metrics.add(metric);
  return [...metrics];
}

function metricsStored(table: ChunkTable, row: number): Set<MetricName> {
  return new Set(table.columns.filter((column) => isPresent(column, row)).map((c) => c.name));
}

function isPresent(column: MetricColumn, row: number): boolean {
  return (
    !Number.isNaN(column.values[row] ?? Number.NaN) ||
    (column.faults?.[row] ?? null) !== null ||
    (column.qualities?.[row] ?? 0) !== 0
  );
}

function sameFault(a: ValueFault | null, b: ValueFault | null): boolean {
  return a?.code === b?.code && a?.raw === b?.raw;
}
