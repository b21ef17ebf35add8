import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";

/** Options of one mailbox target. */
export const emailConfig = z
  .strictObject({
    kind: z.literal("email").describe("Sends each notification as a message over SMTP"),
    name: z.string().min(1).max(50).describe("Name in logs and in the delivery journal"),
    host: z.string().min(1).describe("Mail server of the plant"),
    port: z.int().min(1).max(65535).default(587).describe("465 goes with tls, 587 with starttls"),
    tls: z
      .enum(["starttls", "tls", "none"])
      .default("starttls")
      .describe("starttls is demanded and never skipped; none: a relay inside the plant"),
    user: z.string().nullable().default(null).describe("Name to log in with; null: no log-in"),
    passwordFile: z.string().nullable().default(null).describe("File with the password of `user`"),
    from: z.string().min(1).describe("Sender, e.g. IAI <iai@plant.example>"),
    to: z.array(z.string().min(1)).min(1).describe("Recipients"),
    timeoutMs: z
      .int()
      .positive()
      .default(10_000)
      .describe("A delivery that is not done after this time is tried again later, ms"),
    severities: z
      .array(z.enum(["P0", "P1", "P2", "P3"]))
      .default(["P0", "P1"])
      .describe("Severities that are told"),
    escalation: z
      .boolean()
      .default(false)
      .describe("Told only of what nobody has answered in time, whatever its severity"),
  })
  .refine(({ user, passwordFile }) => (user === null) === (passwordFile === null), {
    path: ["passwordFile"],
    message: "must be given together with user",
  })
  .refine(({ user, tls, host }) => user === null || tls !== "none" || isLoopback(host), {
    path: ["tls"],
    message: "must be tls or starttls, or the password would cross the network in the clear",
  });

export type EmailConfig = z.infer<typeof emailConfig>;
