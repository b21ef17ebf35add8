import { z } from "zod";

const ms = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().nonnegative().default(value).describe(about);
const positiveMs = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().positive().default(value).describe(about);

/** What agents on a language model may cost and do. */
export const agentsSection = z.strictObject({
  writes: z
    .enum(["on", "off"])
    .default("on")
    .describe(
      "off: no agent proposes anything, neither here nor over MCP; policy and people alone write",
    ),
  diagnosisMs: positiveMs(16_000, "Longest wait for a language model's findings, ms"),
  decisionMs: positiveMs(8_000, "Longest wait for a language model's proposal of an order, ms"),
  hardStopMs: positiveMs(
    28_000,
    "From the alert: then the report leaves, whatever a language model does, ms",
  ),
  toolCalls: z
    .int()
    .min(0)
    .max(20)
    .default(8)
    .describe("Read tools a language model may call in one diagnosis"),
  lateMs: ms(
    20_000,
    "How much longer an answer that missed its time is waited for, to stand beside the report, ms; 0: not",
  ),
  latePlaces: z
    .int()
    .min(0)
    .max(16)
    .default(1)
    .describe("Late answers that are waited for at one time"),
  waiting: z
    .int()
    .min(1)
    .max(1_000)
    .default(64)
    .describe("Diagnoses that may wait for a language model at one time"),
  askMs: positiveMs(28_000, "Longest wait for an answer to a question of a person, ms"),
  asksPerMinute: z
    .int()
    .min(1)
    .max(600)
    .default(6)
    .describe("Questions that one person or key may ask in any minute"),
});
