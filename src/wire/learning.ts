import { z } from "zod";
import type { BilingualText, FaultCategory, FaultSign } from "../model/diagnosis.ts";
import { bilingual, faultCategorySchema, instantOut, text, toIso } from "./basics.ts";
import { signSchema } from "./kb.ts";

const causeOut = z.object({
  device_type: z.string(),
  category: faultCategorySchema,
  verdicts: z.int().describe("Close-outs in which it was predicted or found"),
  predicted: z.int(),
  found: z.int(),
  confirmed: z.int().describe("Predicted and found"),
  factor: z.number().describe("What its score is multiplied with; 1: no effect"),
});

const proposalOut = z.object({
  id: z.string(),
  target: z.enum(["kb", "rule"]),
  subject_id: z.string().describe("Entry or rule"),
  version: z.int().describe("Version that would be replaced"),
  name: bilingual,
  change: z.union([
    z.object({
      field: z.literal("signs"),
      before: z.array(signSchema),
      after: z.array(signSchema),
    }),
    z.object({ field: z.literal("text"), before: z.string(), after: z.string() }),
  ]),
  because: bilingual,
  order_nos: z.array(z.string()).describe("Close-outs it rests on"),
});

/** Answer of `GET /learning`. */
export const learningOut = z
  .object({
    verdicts: z.int().describe("Close-outs that count"),
    verdicts_needed: z.int().describe("Below this many a cause keeps factor 1"),
    least: z.number().describe("Smallest factor"),
    most: z.number().describe("Largest factor"),
    causes: z.array(causeOut),
    withdrawn: z.array(
      z.object({
        order_no: z.string(),
        at: instantOut,
        actor: z.string(),
        reason: z.string().nullable(),
      }),
    ),
    proposals: z.array(proposalOut),
  })
  .meta({ id: "Learning" });

export type LearningOut = z.infer<typeof learningOut>;

/** Why a person decides so. */
export const learningReasonIn = z
  .strictObject({ reason: text(500).min(1) })
  .meta({ id: "LearningReason" });

interface OverviewLike {
  readonly verdicts: number;
  readonly withdrawn: readonly {
    readonly orderNo: string;
    readonly at: number;
    readonly actor: string;
    readonly reason: string | null;
  }[];
  readonly causes: readonly {
    readonly deviceType: string;
    readonly category: FaultCategory;
    readonly verdicts: number;
    readonly predicted: number;
    readonly found: number;
    readonly confirmed: number;
    readonly factor: number;
  }[];
  readonly proposals: readonly ProposalLike[];
}

interface ProposalLike {
  readonly id: string;
  readonly target: "kb" | "rule";
  readonly subjectId: string;
  readonly version: number;
  readonly name: BilingualText;
  readonly change:
    | {
        readonly field: "signs";
        readonly before: readonly FaultSign[];
        readonly after: readonly FaultSign[];
      }
    | { readonly field: "text"; readonly before: string; readonly after: string };
  readonly because: BilingualText;
  readonly orderNos: readonly string[];
}

export function learningToWire(
  overview: OverviewLike,
  bounds: { readonly needed: number; readonly least: number; readonly most: number },
): LearningOut {
  return {
    verdicts: overview.verdicts,
    verdicts_needed: bounds.needed,
    least: bounds.least,
    most: bounds.most,
    causes: overview.causes.map(({ deviceType, ...cause }) => ({
      device_type: deviceType,
      ...cause,
    })),
    withdrawn: overview.withdrawn.map(({ orderNo, at, ...rest }) => ({
      order_no: orderNo,
      at: toIso(at),
      ...rest,
    })),
    proposals: overview.proposals.map(proposalToWire),
  };
}

function proposalToWire({ subjectId, orderNos, change, ...rest }: ProposalLike) {
  const copied =
    change.field === "text"
      ? { ...change }
      : { ...change, before: [...change.before], after: [...change.after] };
  return { ...rest, subject_id: subjectId, order_nos: [...orderNos], change: copied };
}
