import type {
  BilingualText,
  FaultCategory,
  FaultSign,
  KnowledgeEntry,
} from "../../../model/diagnosis.ts";
import { faultName } from "../fault-names.ts";

/** How a fault shows itself in the data: the form in which the rules compare it. */
export interface Signature {
  readonly category: FaultCategory;
  readonly title: BilingualText;
  readonly signs: readonly FaultSign[];
  /** What would tell it from its look-alikes but is not measured. */
  readonly unmeasured: readonly BilingualText[];
  readonly nextCheck: BilingualText | null;
  /** null: a general signature of the fault group. */
  readonly kbId: string | null;
}

/** A sign on this name holds for whichever single metric shows it. */
export const ANY_METRIC = "any";

const sign = (metric: string, direction: FaultSign["direction"], strength: number): FaultSign => ({
  metric,
  direction,
  strength,
});

/**
 * What is generally known of each fault group of a rotating machine, for devices of which the knowledge base
 * says nothing.
 */
const general: Readonly<Partial<Record<FaultCategory, readonly FaultSign[]>>> = {
  imbalance: [
    sign("vibration", "up", 1),
    sign("temperature", "steady", 0.5),
    sign("current", "steady", 0.4),
    sign("flow", "steady", 0.2),
  ],
  bearing: [
    sign("vibration", "up", 1),
    sign("vibration", "noisy", 0.3),
    sign("temperature", "up", 0.6),
  ],
  blockage: [
    sign("flow", "down", 1),
    sign("pressure", "up", 0.6),
    sign("vibration", "steady", 0.2),
  ],
  leak: [sign("flow", "down", 1), sign("pressure", "down", 0.6), sign("current", "steady", 0.2)],
  cavitation: [
    sign("vibration", "noisy", 0.8),
    sign("pressure", "noisy", 0.8),
    sign("flow", "noisy", 0.5),
  ],
  cooling: [
    sign("temperature", "up", 1),
    sign("fluid_temperature", "up", 0.6),
    sign("current", "steady", 0.4),
    sign("vibration", "steady", 0.3),
  ],
  motor: [
    sign("current", "up", 1),
    sign("temperature", "up", 0.8),
    sign("vibration", "steady", 0.2),
  ],
  electrical: [sign("voltage", "down", 1), sign("current", "noisy", 0.3)],
  sensor_fault: [sign(ANY_METRIC, "stuck", 1)],
};

const generalCheck: BilingualText = {
  zh: "到现场看、听、摸（不触碰转动部件），并与就地仪表对照读数。",
  en: "Look and listen on site without touching moving parts, and compare with the local gauges.",
};

/** The signatures to compare with: all knowledge, and the general one of each group it does not cover. */
export function signaturesFor(knowledge: readonly KnowledgeEntry[]): readonly Signature[] {
  const known = knowledge
    .filter((entry) => entry.status === "ACTIVE" && entry.signs.length > 0)
    .map(
      (entry): Signature => ({
        category: entry.category,
        title: entry.faultPattern,
        signs: entry.signs,
        unmeasured: entry.discriminators,
        nextCheck: entry.checks[0] ?? null,
        kbId: entry.kbId,
      }),
    );
  const covered = new Set(known.map((signature) => signature.category));
  // Readings cannot tell where a pump loses its liquid: a seal entry speaks for every leak.
  if (covered.has("seal")) covered.add("leak");
  const others = Object.entries(general).flatMap(([name, signs]): Signature[] => {
    const category = name as FaultCategory;
    if (covered.has(category)) return [];
    const title = faultName(category);
    return [{ category, title, signs, unmeasured: [], nextCheck: generalCheck, kbId: null }];
  });
  return [...known, ...others];
}
