import { z } from "zod";
import { type KnowledgeEntry, signPatterns } from "../model/diagnosis.ts";
import {
  bilingual,
  bilingualIn,
  faultCategorySchema,
  identifier,
  instantOut,
  type Language,
  metricName,
  text,
  toIso,
} from "./basics.ts";

export const signSchema = z.strictObject({
  metric: metricName,
  direction: z.enum(["up", "down", "steady", "noisy", "stuck"]),
  pattern: z.enum(signPatterns).optional().describe("How it develops; for the reader, not weighed"),
  strength: z.number().min(0).max(1),
});
const kbTexts = z.object({
  fault_pattern: z.string(),
  symptoms: z.string(),
  root_cause: z.string(),
  solution: z.string(),
  prevention: z.string(),
});

/** Texts at the top level are in the language asked for (`lang`); `i18n` has both. */
export const knowledgeOut = z
  .object({
    kb_id: z.string(),
    device_type: z.string(),
    category: faultCategorySchema,
    failure_mode: z.string(),
    failure_mechanism: z.string(),
    component: bilingual.nullable().describe("The part that fails"),
    ...kbTexts.shape,
    i18n: z.object({ zh: kbTexts, en: kbTexts }),
    urgency: bilingual.nullable().describe("How soon to act"),
    signs: z.array(signSchema),
    discriminators: z.array(bilingual),
    checks: z.array(bilingual).describe("Cheapest first"),
    parts: z.array(z.string()),
    estimated_hours: z.number().nullable(),
    source: z.enum(["MANUAL", "AI_GENERATED", "VENDOR"]),
    reference: z.string(),
    licence: z.string(),
    version: z.int(),
    status: z.enum(["ACTIVE", "PROPOSED", "RETIRED"]),
    superseded_by: z.string().nullable().describe("The entry to read instead"),
    shipped_revision: z.int().nullable().describe("Shipped text it still is; null: a person's"),
    created_at: instantOut,
  })
  .meta({ id: "KnowledgeEntry" });

/** Answer of `GET /kb/{kb_id}/versions`: newest first. */
export const knowledgeVersionOut = z
  .object({
    version: z.int(),
    replaced: z
      .object({
        at: instantOut,
        actor: z.string(),
        action: z.string(),
        reason: z.string().nullable(),
      })
      .nullable()
      .describe("When and by whom; null: it is in force"),
    entry: knowledgeOut,
  })
  .meta({ id: "KnowledgeVersion" });

export function knowledgeToWire(
  entry: KnowledgeEntry,
  language: Language,
): z.infer<typeof knowledgeOut> {
  const texts = (lang: Language) => ({
    fault_pattern: entry.faultPattern[lang],
    symptoms: entry.symptoms[lang],
    root_cause: entry.rootCause[lang],
    solution: entry.solution[lang],
    prevention: entry.prevention[lang],
  });
  return {
    kb_id: entry.kbId,
    device_type: entry.deviceType,
    category: entry.category,
    failure_mode: entry.failureMode,
    failure_mechanism: entry.failureMechanism,
    component: entry.component,
    ...texts(language),
    i18n: { zh: texts("zh"), en: texts("en") },
    urgency: entry.urgency,
    signs: entry.signs.map((item) => ({ ...item })),
    discriminators: [...entry.discriminators],
    checks: [...entry.checks],
    parts: [...entry.parts],
    estimated_hours: entry.estimatedHours,
    source: entry.source,
    reference: entry.reference,
    licence: entry.licence,
    version: entry.version,
    status: entry.status,
    superseded_by: entry.supersededBy,
    shipped_revision: entry.shippedRevision,
    created_at: toIso(entry.createdAt),
  };
}

/** Body of `POST /kb` and `PUT /kb/{kb_id}`. */
export const knowledgeIn = z
  .strictObject({
    device_type: text(50).min(1),
    category: faultCategorySchema.default("unknown"),
    failure_mode: text(20).default(""),
    failure_mechanism: text(40).default(""),
    component: bilingualIn(200).nullable().default(null),
    fault_pattern: bilingualIn(500),
    symptoms: bilingualIn(4000),
    root_cause: bilingualIn(4000),
    solution: bilingualIn(4000),
    prevention: bilingualIn(4000).default({ zh: "", en: "" }),
    urgency: bilingualIn(1000).nullable().default(null),
    signs: z.array(signSchema).max(50).default([]),
    discriminators: z.array(bilingualIn(1000)).max(50).default([]),
    checks: z.array(bilingualIn(1000)).max(50).default([]),
    parts: z.array(text(200)).max(50).default([]),
    estimated_hours: z.number().nonnegative().nullable().default(null),
    source: z.enum(["MANUAL", "AI_GENERATED", "VENDOR"]).default("MANUAL"),
    reference: text(1000).default(""),
    licence: text(200).default(""),
    status: z.enum(["ACTIVE", "PROPOSED", "RETIRED"]).default("ACTIVE"),
    superseded_by: identifier.nullable().default(null),
  })
  .meta({ id: "KnowledgeInput" });

/** Body of `PUT /kb/{kb_id}`. */
export const knowledgePutIn = z
  .strictObject({
    ...knowledgeIn.shape,
    expected_version: z
      .int()
      .positive()
      .optional()
      .describe("Refused with 409 where another version is in force"),
    reason: text(500).optional(),
  })
  .meta({ id: "KnowledgePut" });

/** What a person writes of an entry; id, version and time are added. */
export type KnowledgeContent = Omit<
  KnowledgeEntry,
  "kbId" | "version" | "shippedRevision" | "createdAt"
>;

export function knowledgeFromWire(input: z.infer<typeof knowledgeIn>): KnowledgeContent {
  return {
    deviceType: input.device_type,
    category: input.category,
    failureMode: input.failure_mode,
    failureMechanism: input.failure_mechanism,
    component: input.component,
    faultPattern: input.fault_pattern,
    symptoms: input.symptoms,
    rootCause: input.root_cause,
    solution: input.solution,
    prevention: input.prevention,
    urgency: input.urgency,
    signs: input.signs,
    discriminators: input.discriminators,
    checks: input.checks,
    parts: input.parts,
    estimatedHours: input.estimated_hours,
    source: input.source,
    reference: input.reference,
    licence: input.licence,
    status: input.status,
    supersededBy: input.superseded_by,
  };
}
