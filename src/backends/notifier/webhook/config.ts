import { z } from "zod";
import { hostOf } from "./target-policy.ts";

/** Options of one webhook target. */
export const webhookConfig = z.strictObject({
  kind: z.literal("webhook").describe("Posts each notification as JSON"),
  name: z.string().min(1).max(50).describe("Name in logs and in the delivery journal"),
  url: z
    .string()
    .refine(isTargetUrl, "must be an http or https address without user and password")
    .describe("Address that is posted to"),
  secretFile: z
    .string()
    .nullable()
    .default(null)
    .describe("File with the secret that signs each message; null: messages are not signed"),
  allowHosts: z
    .array(z.string().refine((host) => hostOf(host) !== null, "must be a host name or an address"))
    .default([])
    .describe("Receivers inside the plant: hosts that may have a private address, and plain http"),
  allowLoopback: z
    .boolean()
    .default(false)
    .describe("Receivers on this machine are allowed, also by plain http"),
  timeoutMs: z
    .int()
    .positive()
    .default(5_000)
    .describe("A delivery that has no answer after this time is tried again later, ms"),
  severities: z
    .array(z.enum(["P0", "P1", "P2", "P3"]))
    .default(["P0", "P1", "P2"])
    .describe("Severities that are told"),
  escalation: z
    .boolean()
    .default(false)
    .describe("Told only of what nobody has answered in time, whatever its severity"),
});

export type WebhookConfig = z.infer<typeof webhookConfig>;

function isTargetUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}
