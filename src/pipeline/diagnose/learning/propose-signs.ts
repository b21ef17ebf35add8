import type { BilingualText, FaultSign, KnowledgeEntry } from "../../../model/diagnosis.ts";
import { appliesToType } from "../knowledge/device-types.ts";
import { metricName } from "../metric-names.ts";
import { verdictsNeeded } from "./cause-weights.ts";
import type { JudgedCase } from "./judged-case.ts";
import type { LearningProposal } from "./proposal.ts";
import { stableId } from "./stable-id.ts";

/** Share of the confirmed cases in which something must have been so. */
const NEARLY_ALWAYS = 0.8;
/** A sign that people's findings added begins with this strength. */
const NEW_STRENGTH = 0.5;
const LEAST_STRENGTH = 0.3;

/**
 * Compares the signs of an entry with what the instruments showed each time people found its cause: a metric that
 * nearly always moved and is not among them is offered as a sign, a sign that nearly never showed is offered at half
 * its strength. Only where the type of device has one entry in force for the cause: otherwise nobody knows which of
 * them it was. Pure; the order of cases does not matter.
 */
export function proposeSigns(
  entries: readonly KnowledgeEntry[],
  cases: readonly JudgedCase[],
): readonly LearningProposal[] {
  const inForce = entries.filter(
    ({ status, supersededBy }) => status === "ACTIVE" && supersededBy === null,
  );
  return inForce.flatMap((entry) => {
    const rivals = inForce.filter(
      ({ category, deviceType }) => category === entry.category && deviceType === entry.deviceType,
    );
    if (rivals.length > 1 || entry.signs.length === 0) return [];
    const confirmed = cases
      .filter(
        (item) =>
          item.alarm === "right" &&
          item.found === entry.category &&
          item.seen.size > 0 &&
          appliesToType(entry.deviceType, item.deviceType) &&
          !hasOwnEntry(inForce, entry, item.deviceType),
      )
      .sort((a, b) => (a.orderNo < b.orderNo ? -1 : 1));
    return confirmed.length < verdictsNeeded ? [] : changesOf(entry, confirmed);
  });
}

/** A machine whose type has an entry of its own for the cause says nothing about the general one. */
function hasOwnEntry(
  entries: readonly KnowledgeEntry[],
  entry: KnowledgeEntry,
  deviceType: string,
): boolean {
  return entries.some(
    (other) =>
      other.kbId !== entry.kbId &&
      other.category === entry.category &&
      appliesToType(other.deviceType, deviceType),
  );
}

function changesOf(
  entry: KnowledgeEntry,
  confirmed: readonly JudgedCase[],
): readonly LearningProposal[] {
  const kept = entry.signs.map((sign) => ({ sign, absent: isNearlyAlwaysAbsent(sign, confirmed) }));
  const weakened = kept.filter(({ absent }) => absent).map(({ sign }) => sign);
  const added = newSigns(entry, confirmed);
  if (weakened.length === 0 && added.length === 0) return [];
  const after = [...kept.map(({ sign, absent }) => (absent ? halved(sign) : sign)), ...added];
  const { kbId, version, faultPattern } = entry;
  const change = { field: "signs", before: entry.signs, after } as const;
  return [
    {
      id: stableId(["kb", kbId, version, after]),
      target: "kb",
      subjectId: kbId,
      version,
      name: faultPattern,
      change,
      because: reason(confirmed.length, added, weakened),
      orderNos: confirmed.map(({ orderNo }) => orderNo),
    },
  ];
}

function halved(sign: FaultSign): FaultSign {
  return { ...sign, strength: Math.max(LEAST_STRENGTH, Math.round(sign.strength * 50) / 100) };
}

function isNearlyAlwaysAbsent(sign: FaultSign, confirmed: readonly JudgedCase[]): boolean {
  if (sign.metric === "any" || sign.strength <= LEAST_STRENGTH) return false;
  const measured = confirmed.flatMap(({ seen }) => seen.get(sign.metric) ?? []);
  const absent = measured.filter((direction) => direction !== sign.direction).length;
  return measured.length >= verdictsNeeded && absent >= NEARLY_ALWAYS * measured.length;
}

function newSigns(entry: KnowledgeEntry, confirmed: readonly JudgedCase[]): readonly FaultSign[] {
  const known = new Set(entry.signs.map(({ metric }) => metric));
  if (known.has("any")) return [];
  const metrics = [...new Set(confirmed.flatMap(({ seen }) => [...seen.keys()]))].sort();
  return metrics
    .filter((metric) => !known.has(metric))
    .flatMap((metric): FaultSign[] => {
      const measured = confirmed.flatMap(({ seen }) => seen.get(metric) ?? []);
      if (measured.length < verdictsNeeded) return [];
      return (["up", "down", "noisy"] as const).flatMap((direction) => {
        const shown = measured.filter((seen) => seen === direction).length;
        const often = shown >= NEARLY_ALWAYS * measured.length;
        return often ? [{ metric, direction, strength: NEW_STRENGTH }] : [];
      });
    });
}

function reason(
  cases: number,
  added: readonly FaultSign[],
  weakened: readonly FaultSign[],
): BilingualText {
  const names = (signs: readonly FaultSign[], lang: "zh" | "en"): string =>
    signs.map(({ metric }) => metricName(metric)[lang]).join(lang === "zh" ? "、" : ", ");
  const zh = [`${cases} 次确认的案例`];
  const en = [`${cases} confirmed cases`];
  if (added.length > 0) {
    zh.push(`几乎每次都有变化：${names(added, "zh")}`);
    en.push(`nearly always changed: ${names(added, "en")}`);
  }
  if (weakened.length > 0) {
    zh.push(`几乎从未出现：${names(weakened, "zh")}`);
    en.push(`nearly never shown: ${names(weakened, "en")}`);
  }
  return { zh: zh.join("；"), en: en.join("; ") };
}
