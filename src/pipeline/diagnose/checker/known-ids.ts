import type { Evidence } from "../../../model/diagnosis.ts";
import { capitalised } from "../evidence-text.ts";
import { isUnit } from "./claims.ts";

/** A word that mixes letters and digits, or joins parts as ids do, and holds a digit. */
const idLike =
  /(?<![\p{L}\p{N}_])(?=[A-Za-z0-9_.:-]*\d)[A-Za-z][A-Za-z0-9]*(?:[_.:-]?[A-Za-z0-9]+)*/gu;

/** The first id of a sentence that is of no device, order, entry or rule in the evidence; null: none. */
export function unknownId(body: string, evidence: readonly Evidence[]): string | null {
  const known = new Set(
    evidence.flatMap((item) => [
      // A metric's name may begin a sentence.
      ...(item.metric === null ? [] : [item.metric, capitalised(item.metric)]),
      ...Object.values(item.value).flatMap((value) => (typeof value === "string" ? [value] : [])),
    ]),
  );
  for (const [text] of body.matchAll(idLike)) {
    if (!known.has(text) && !isUnit(text)) return `"${text}" names nothing in the evidence`;
  }
  return null;
}
