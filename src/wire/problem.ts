import { z } from "zod";

/** `application/problem+json` (RFC 9457): every error answer. */
export const problemOut = z
  .looseObject({
    type: z.string().describe("`urn:iai:error:` and the code"),
    title: z.string(),
    status: z.int(),
    code: z.string().describe("Stable; see docs/errors.md"),
    detail: z.string().describe("What was and what was not done"),
    trace_id: z.string().describe("Of this request, to find it in the log"),
    remedy: z.string().optional(),
    retry: z.boolean().optional().describe("The same request can succeed later"),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Problem" });

export type ProblemOut = z.infer<typeof problemOut>;
