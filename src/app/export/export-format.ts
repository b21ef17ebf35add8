import type { ExportRow } from "./export-rows.ts";

export type ExportFormat = "ndjson" | "csv";

/** What a spreadsheet would take for the beginning of a formula. */
const formula = /^[=+\-@\t\r]/;

/** Lines of an export, each with its line end; a CSV begins with its header. */
export async function* formatRows(
  rows: AsyncIterable<ExportRow>,
  format: ExportFormat,
  columns: readonly string[],
): AsyncGenerator<string> {
  if (format === "ndjson") {
    for await (const row of rows) yield `${JSON.stringify(row)}\n`;
    return;
  }
  yield csvLine(columns);
  for await (const row of rows) yield csvLine(columns.map((column) => row[column]));
}

function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * One cell after RFC 4180: lists and objects as JSON, absent as empty. A text that a spreadsheet would run gets an
 * apostrophe in front: device names and status texts come from outside. Numbers stay numbers.
 */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? defused(value) : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function defused(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}
