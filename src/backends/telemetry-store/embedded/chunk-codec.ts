import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { MetricName } from "../../../model/basics.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { ChunkTable } from "./chunk-table.ts";
import type { MetricColumn } from "./metric-column.ts";
import { decodeNumbers, encodeNumbers } from "./number-column.ts";

/** First byte of every block: a reader refuses a form that it does not know. */
const FORM = 1;
const HAS_QUALITIES = 1;
const HAS_FAULTS = 2;
const HAS_SOURCES = 4;

const compression = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    // A flipped bit on the disk is found when the block is read, not believed.
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** Compresses what was written; the form byte comes first. */
export function packBlock(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(FORM);
  write(writer);
  return zstdCompressSync(writer.bytes(), compression);
}

/** Opens what `packBlock` made; throws when it is damaged or of an unknown form. */
export function unpackBlock(block: Uint8Array): ByteReader {
  const reader = new ByteReader(zstdDecompressSync(block));
  const form = reader.byte();
  if (form !== FORM) throw new RangeError(`the block has the unknown form ${form}`);
  return reader;
}

/** A table as one compressed block: columns end to end, from which every reading comes back exactly. */
export function encodeChunk(table: ChunkTable): Uint8Array {
  return packBlock((writer) => {
    const { count } = table;
    writer.varint(count);
    encodeNumbers(writer, table.at, count, "steps");
    const delay = Float64Array.from({ length: count }, (_, i) => delayAt(table, i));
    encodeNumbers(writer, delay, count);
    encodeNumbers(writer, table.configVersion, count);
    encodeNumbers(writer, table.seq, count, "steps");
    encodeTexts(writer, table.status, count);
    writer.varint(table.columns.length);
    const body = (column: MetricColumn): Uint8Array => {
      const part = new ByteWriter();
      encodeColumn(part, column, count);
      return part.bytes();
    };
    for (const column of table.columns) {
      const bytes = body(column);
      writer.text(column.name);
      writer.varint(bytes.length);
      writer.raw(bytes);
    }
  });
}

/** The table of a block, with all metrics or only those asked for. */
export function decodeChunk(
  block: Uint8Array,
  metrics: ReadonlySet<MetricName> | null,
): ChunkTable {
  const reader = unpackBlock(block);
  const table = new ChunkTable();
  const count = reader.varint();
  table.at = Float64Array.from(decodeNumbers(reader, count, "steps"));
  const delay = decodeNumbers(reader, count);
  table.receivedAt = Float64Array.from(
    { length: count },
    (_, i) => (table.at[i] ?? 0) + (delay[i] ?? 0),
  );
  table.configVersion = Float64Array.from(decodeNumbers(reader, count));
  table.seq = Float64Array.from(decodeNumbers(reader, count, "steps"));
  table.status = decodeTexts(reader, count);
  table.count = count;
  table.capacity = count;
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.text();
    const body = reader.raw(reader.varint());
    if (metrics !== null && !metrics.has(name)) continue;
    decodeColumn(new ByteReader(body), table.addColumn(name), count);
  }
  return table;
}

function delayAt(table: ChunkTable, row: number): number {
  return (table.receivedAt[row] ?? 0) - (table.at[row] ?? 0);
}

function encodeColumn(writer: ByteWriter, column: MetricColumn, count: number): void {
  const { qualities, faults, sourceValues, sourceUnits } = column;
  encodeNumbers(writer, column.values, count);
  const flags =
    (qualities === null ? 0 : HAS_QUALITIES) +
    (faults === null ? 0 : HAS_FAULTS) +
    (sourceUnits === null ? 0 : HAS_SOURCES);
  writer.byte(flags);
  if (qualities !== null) writer.raw(qualities.subarray(0, count));
  if (faults !== null) {
    encodeTexts(
      writer,
      faults.map((fault) => fault?.code ?? null),
      count,
    );
    encodeTexts(
      writer,
      faults.map((fault) => fault?.raw ?? null),
      count,
    );
  }
  if (sourceUnits !== null && sourceValues !== null) {
    encodeTexts(writer, sourceUnits, count);
    encodeNumbers(writer, sourceValues, count);
  }
}

function decodeColumn(reader: ByteReader, column: MetricColumn, count: number): void {
  column.values = decodeNumbers(reader, count);
  const flags = reader.byte();
  if (flags & HAS_QUALITIES) column.qualities = reader.raw(count);
  if (flags & HAS_FAULTS) {
    const codes = decodeTexts(reader, count);
    const raws = decodeTexts(reader, count);
    column.faults = codes.map((code, i) => (code === null ? null : { code, raw: raws[i] ?? "" }));
  }
  if (flags & HAS_SOURCES) {
    column.sourceUnits = decodeTexts(reader, count);
    column.sourceValues = decodeNumbers(reader, count);
  }
}

/** Texts that repeat: a dictionary, then its numbers; 0 is null. Holes of a sparse list are null. */
function encodeTexts(writer: ByteWriter, texts: readonly (string | null)[], count: number): void {
  const numbers = new Map<string, number>();
  for (const text of texts) {
    if (typeof text === "string" && !numbers.has(text)) numbers.set(text, numbers.size + 1);
  }
  writer.varint(numbers.size);
  if (numbers.size === 0) return;
  for (const text of numbers.keys()) writer.text(text);
  for (let i = 0; i < count; i += 1) writer.varint(numberOf(texts[i], numbers));
}

function numberOf(text: string | null | undefined, numbers: ReadonlyMap<string, number>): number {
  return typeof text === "string" ? (numbers.get(text) ?? 0) : 0;
}

function decodeTexts(reader: ByteReader, count: number): (string | null)[] {
  const known = Array.from({ length: reader.varint() }, () => reader.text());
  if (known.length === 0) return new Array<string | null>(count).fill(null);
  return Array.from({ length: count }, () => known[reader.varint() - 1] ?? null);
}
