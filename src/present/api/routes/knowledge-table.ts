import { canonicalJson } from "../../../kernel/canonical-json.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import { identifier, text } from "../../../wire/basics.ts";
import { knowledgeFromWire, knowledgeIn } from "../../../wire/kb.ts";
import {
  cellsToKnowledge,
  type KnowledgeImportOut,
  knowledgeColumns,
  knowledgeImportOut,
  knowledgeToCells,
} from "../../../wire/kb-table.ts";
import { type CsvLine, fromCell, readCsv, writeCsv } from "../csv.ts";
import { asApiError, invalidRequest } from "../problems.ts";
import { flag, oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import type { ApiServices, By } from "../services.ts";

const maxRows = 10_000;

type RowOut = KnowledgeImportOut["rows"][number];

/** The knowledge base as CSV, in and out. */
export function knowledgeTableRoutes(services: ApiServices): readonly ApiRoute[] {
  return [importKnowledge(services), exportKnowledge(services)];
}

function importKnowledge(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/kb/import",
    action: "knowledge.write",
    tag: "Knowledge",
    summary: "Entries from CSV; a dry run (the default) shows what each line would do",
    bodyType: "text/csv",
    query: oneQuery({ dry_run: flag.default(true) }),
    answer: knowledgeImportOut,
    failures: [400, 413],
    handle: async ({ query, principal, request }) => {
      const lines = readCsv(request.body, { rows: maxRows, things: "entries" });
      const by = { principal, reason: "CSV import" };
      const seen = new Set<string>();
      const rows: RowOut[] = [];
      for (const [index, line] of lines.entries()) {
        const given = { by, seen, dryRun: query.dry_run };
        rows.push({ row: index + 1, ...(await importLine(services, line, given)) });
      }
      const count = (action: RowOut["action"]): number =>
        rows.filter((row) => row.action === action).length;
      return {
        dry_run: query.dry_run,
        created: count("create"),
        updated: count("update"),
        unchanged: count("unchanged"),
        refused: count("refuse"),
        rows,
      };
    },
  });
}

interface Importing {
  readonly by: By;
  /** Ids of the lines before: the same id twice is a mistake of the table. */
  readonly seen: Set<string>;
  readonly dryRun: boolean;
}

/** Never rejects for what is wrong with the line: the row says it. */
async function importLine(
  services: ApiServices,
  raw: CsvLine,
  given: Importing,
): Promise<Omit<RowOut, "row">> {
  const line = Object.fromEntries(
    Object.entries(raw).map(([name, cell]) => [name, fromCell(cell)]),
  );
  const kbId = line["kb_id"] ?? "";
  try {
    const action = await writeLine(services, line, given);
    return { kb_id: kbId === "" ? null : kbId, action, errors: [] };
  } catch (failure) {
    const error = asApiError(failure);
    if (error.code === "INTERNAL") throw error;
    const { errors: found } = error.data as { errors?: { field: string; detail: string }[] };
    const errors = (found ?? [{ field: "(the line)", detail: error.message }]).map((each) => ({
      ...each,
      code: error.code,
    }));
    return { kb_id: kbId === "" ? null : kbId, action: "refuse", errors };
  }
}

async function writeLine(
  { knowledge, records }: ApiServices,
  line: CsvLine,
  { by, seen, dryRun }: Importing,
): Promise<Exclude<RowOut["action"], "refuse">> {
  const { kb_id: kbId = "", version: versionCell = "", ...cells } = line;
  const parsed = knowledgeIn.safeParse(cellsToKnowledge(cells));
  if (!parsed.success) throw invalidRequest(parsed.error);
  const content = knowledgeFromWire(parsed.data);
  if (kbId === "") {
    if (!dryRun) await knowledge.create(content, by);
    return "create";
  }
  if (!identifier.safeParse(kbId).success)
    throw new IaiError("INVALID_REQUEST", `Cannot read the line: kb_id "${kbId}" is no id`);
  if (seen.has(kbId))
    throw new IaiError("CONFLICT", `Cannot import "${kbId}" twice: a line before has it`);
  seen.add(kbId);
  const existing = await records.read((tx) => tx.find("maintenance_kb", { kbId }));
  if (existing === null) {
    if (!dryRun) await knowledge.create(content, by, kbId);
    return "create";
  }
  if (isSame(existing, content)) return "unchanged";
  const version = versionCell === "" ? existing.version : Number(versionCell);
  if (version !== existing.version)
    throw new IaiError(
      "CONFLICT",
      `Cannot import "${kbId}": version ${existing.version} is in force, the line was exported from ${versionCell}`,
    );
  if (!dryRun) await knowledge.put(kbId, content, { ...by, expectedVersion: version });
  return "update";
}

/** An exported table that comes back unedited makes no new versions. */
function isSame(existing: KnowledgeEntry, content: Partial<KnowledgeEntry>): boolean {
  const present = Object.fromEntries(
    Object.keys(content).map((name) => [name, existing[name as keyof KnowledgeEntry]]),
  );
  return canonicalJson(present) === canonicalJson(content);
}

function exportKnowledge({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb/export",
    action: "knowledge.read",
    tag: "Knowledge",
    summary: "The knowledge base as CSV, in the form that the import reads",
    query: oneQuery({ device_type: text(50).optional() }),
    answer: null,
    answerType: "text/csv",
    handle: async ({ query, reply }) => {
      const where = query.device_type === undefined ? {} : { deviceType: query.device_type };
      const entries = await records.read((tx) =>
        tx.list("maintenance_kb", { where, orderBy: [["kbId", "asc"]] }),
      );
      void reply.type("text/csv; charset=utf-8");
      void reply.header("content-disposition", 'attachment; filename="knowledge.csv"');
      return writeCsv(knowledgeColumns, entries.map(knowledgeToCells));
    },
  });
}
