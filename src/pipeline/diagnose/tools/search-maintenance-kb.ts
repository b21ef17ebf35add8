import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import type { KnowledgeBase } from "../knowledge/knowledge-base.ts";

/** Searches the maintenance knowledge of one device type; without a keyword everything that applies to it. */
export function createSearchMaintenanceKb(deps: {
  readonly knowledge: Pick<KnowledgeBase, "search">;
}): (args: {
  readonly deviceType: string;
  readonly keyword?: string;
}) => Promise<readonly KnowledgeEntry[]> {
  return ({ deviceType, keyword = "" }) =>
    deps.knowledge.search({ query: keyword, deviceType, limit: 100 });
}
