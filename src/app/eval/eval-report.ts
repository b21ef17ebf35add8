import { formatTable } from "../cli/table.ts";
import type { EvalResult, EvalTable } from "./eval-set.ts";

/** A result as aligned text for a terminal. */
export function asText(title: string, result: EvalResult): string {
  const parts = [title, "", formatTable(rowsOf(goalTable(result)))];
  for (const table of result.tables) parts.push("", table.title, formatTable(rowsOf(table)));
  return parts.join("\n");
}

/** A result as the tables of a Markdown page. */
export function asMarkdown(result: EvalResult): string {
  const parts = [markdownTable(goalTable(result))];
  for (const table of result.tables) parts.push(`**${table.title}**`, markdownTable(table));
  for (const { title, file } of result.pictures ?? []) parts.push(`![${title}](images/${file})`);
  return parts.join("\n\n");
}

/** Replaces what stands between `<!-- eval:NAME -->` and `<!-- /eval:NAME -->`; null: the page has no such place. */
export function putIntoPage(page: string, result: EvalResult): string | null {
  const begin = `<!-- eval:${result.set} -->`;
  const end = `<!-- /eval:${result.set} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return null;
  const head = page.slice(0, from + begin.length);
  return `${head}\n\n${asMarkdown(result)}\n\n${page.slice(to)}`;
}

function goalTable({ goals }: EvalResult): EvalTable {
  return {
    title: "Goals",
    columns: ["asked", "", "reached", ""],
    rows: goals.map(({ name, asked, reached, ok }) => [
      name,
      asked,
      reached,
      ok ? "yes" : "**no**",
    ]),
  };
}

function rowsOf(table: EvalTable): readonly (readonly string[])[] {
  return [table.columns, ...table.rows.map((row) => row.map((cell) => cell.replaceAll("*", "")))];
}

function markdownTable({ columns, rows }: EvalTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns), `|${"---|".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}
