import { parse } from "csv-parse/sync";
import { IaiError } from "../../kernel/errors.ts";
import { bodyText } from "./body.ts";

/** One line of a table by its column names. */
export type CsvLine = Readonly<Record<string, string>>;

/** The lines of a CSV body: comma, semicolon or tab, with or without a byte order mark. */
export function readCsv(
  body: unknown,
  limit: { readonly rows: number; readonly things: string },
): readonly CsvLine[] {
  let lines: Record<string, string>[];
  try {
    lines = parse(bodyText(Buffer.isBuffer(body) ? body : Buffer.alloc(0)), {
      columns: (header: string[]) => header.map((name) => name.trim()),
      bom: true,
      skip_empty_lines: true,
      trim: true,
      delimiter: [",", ";", "\t"],
      to: limit.rows + 1,
    });
  } catch (cause) {
    throw new IaiError("INVALID_REQUEST", `Cannot read the CSV: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (lines.length > limit.rows)
    throw new IaiError(
      "TOO_LARGE",
      `Cannot import more than ${limit.rows} ${limit.things} at once`,
    );
  return lines;
}

/** A table of cells as CSV. */
export function writeCsv(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const lines = [header, ...rows].map((cells) => cells.map(toCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** Quoted where needed; a leading = + - @ is text, not a formula for the spreadsheet that opens it. */
export function toCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What `toCell` put before a leading sign taken away again, so that an export can be imported as it is. */
export function fromCell(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
