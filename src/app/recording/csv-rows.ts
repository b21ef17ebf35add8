import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { IaiError } from "../../kernel/errors.ts";

export interface CsvRow {
  /** From 0, data rows only. */
  readonly row: number;
  /** In the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFormat {
  readonly separator: string;
  /** Names of the columns of a file without a header. */
  readonly header: readonly string[] | null;
}

export interface CsvFile {
  readonly header: readonly string[];
  readonly rows: AsyncIterable<CsvRow>;
}

/** Streams a CSV file, `.gz` as it is. The header is read at once; RECORDING_INVALID names file and line. */
export async function openCsv(path: string, format: CsvFormat): Promise<CsvFile> {
  const records = readRecords(path, format.separator)[Symbol.asyncIterator]();
  if (format.header !== null) return { header: format.header, rows: numbered(records) };
  const first = await records.next();
  if (first.done === true) {
    throw new IaiError("RECORDING_INVALID", `Cannot read "${path}": it is empty`, {
      data: { file: path, line: 1 },
    });
  }
  const header = first.value.cells.map((name) => name.trim());
  return { header, rows: numbered(records) };
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

async function* numbered(records: AsyncIterator<CsvRecord>): AsyncGenerator<CsvRow> {
  try {
    for (let row = 0; ; row += 1) {
      const next = await records.next();
      if (next.done === true) return;
      yield { row, ...next.value };
    }
  } finally {
    await records.return?.();
  }
}

async function* readRecords(path: string, separator: string): AsyncGenerator<CsvRecord> {
  const blank = separator.trim() === "";
  const parser = parse({
    bom: true,
    delimiter: separator,
    info: true,
    relax_column_count: true,
    // A quote inside a cell is a sign like any other; one broken row must not end the recording.
    relax_quotes: true,
    skip_empty_lines: true,
    // Blank-separated files end their lines with blanks. Elsewhere a row of nothing but separators is a row.
    ...(blank
      ? { trim: true, ignore_last_delimiters: false, skip_records_with_empty_values: true }
      : {}),
  });
  const source = createReadStream(path);
  const failed = (): void => undefined;
  // Every failure reaches the loop below through the parser, which is destroyed with it.
  if (path.endsWith(".gz")) pipeline(source, createGunzip(), parser, failed);
  else pipeline(source, parser, failed);
  let line = 0;
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: { lines: number } };
      line = info.lines;
      yield { line, cells: record };
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const at = linesOf(cause) ?? line + 1;
    throw new IaiError("RECORDING_INVALID", `Cannot read "${path}" from line ${at}: ${reason}`, {
      cause,
      data: { file: path, line: at },
    });
  } finally {
    source.destroy();
  }
}

function linesOf(failure: unknown): number | null {
  if (typeof failure !== "object" || failure === null || !("lines" in failure)) return null;
  return typeof failure.lines === "number" ? failure.lines : null;
}
