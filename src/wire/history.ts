import { z } from "zod";
import type { CommentRow, HistoryRow } from "../model/records.ts";
import type { Explanation } from "../model/rule.ts";
import { instantOut, text, toIso } from "./basics.ts";

/** One entry of "who did what, when and why". */
export const historyOut = z
  .object({
    history_id: z.string(),
    at: instantOut,
    actor: z.string(),
    action: z.string(),
    reason: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "HistoryEntry" });

export function historyToWire(row: HistoryRow): z.infer<typeof historyOut> {
  return {
    history_id: row.historyId,
    at: toIso(row.at),
    actor: row.actor,
    action: row.action,
    reason: row.reason,
    detail: row.detail,
  };
}

export const commentOut = z
  .object({ comment_id: z.string(), at: instantOut, actor: z.string(), text: z.string() })
  .meta({ id: "Comment" });

export function commentToWire(row: CommentRow): z.infer<typeof commentOut> {
  return { comment_id: row.commentId, at: toIso(row.at), actor: row.actor, text: row.text };
}

/** Body of a comment. */
export const commentIn = z.strictObject({ text: text(4000).min(1) });

/** One clause of "why did this fire", with the values it was evaluated with. */
export interface ExplanationOut {
  clause: string;
  holds: boolean | null;
  value: number | null;
  limit: number | null;
  unit: string | null;
  progress: { have: number; need: number; unit: "ms" | "samples" } | null;
  children: ExplanationOut[];
}

export const explanationOut: z.ZodType<ExplanationOut> = z
  .object({
    clause: z.string(),
    holds: z.boolean().nullable(),
    value: z.number().nullable(),
    limit: z.number().nullable(),
    unit: z.string().nullable(),
    progress: z
      .object({ have: z.number(), need: z.number(), unit: z.enum(["ms", "samples"]) })
      .nullable(),
    get children() {
      return z.array(explanationOut);
    },
  })
  .meta({ id: "Explanation" });

export function explanationToWire(explanation: Explanation): ExplanationOut {
  return {
    clause: explanation.clause,
    holds: explanation.holds,
    value: explanation.value,
    limit: explanation.limit,
    unit: explanation.unit,
    progress: explanation.progress === null ? null : { ...explanation.progress },
    children: explanation.children.map(explanationToWire),
  };
}
