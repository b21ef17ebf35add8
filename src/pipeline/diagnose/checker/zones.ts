import type { Evidence } from "../../../model/diagnosis.ts";

/** Severity zones of ISO 10816 and ISO 20816, in words of both languages. */
const zone =
  /\bISO[\s/-]*(?:10816|20816|7919)|\bzones?\s+["“(]?[A-D]\b|\b[A-D]\s*(?:-\s*)?zone\b|(?:区域|振动区|等级区)\s*[A-D]|[A-D]\s*(?:区|级区)|\b(?:10816|20816)\b/i;

/** Digits of a standard's name are no claim. */
export const standardName = /\bISO[\s/-]*(?:10816|20816|7919)(?:-\d)?/gi;

/**
 * The zones are limits of broadband velocity in mm/s. Acceleration in g cannot be held against them without its
 * frequencies, and other metrics have none; null: nothing to refuse.
 */
export function forbiddenZone(sentence: string, cited: readonly Evidence[]): string | null {
  if (!zone.test(sentence)) return null;
  if (cited.some(({ metric, unit }) => metric === "vibration_velocity" && unit === "mm/s")) {
    return null;
  }
  return "ISO zones hold for vibration velocity in mm/s alone";
}
