import { z } from "zod";
import { isPrivateUrl } from "../../../kernel/loopback.ts";
import { patternOf } from "./redaction.ts";

const positive = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().positive().default(value).describe(about);
const limit = (value: number | null, about: string) =>
  z
    .int()
    .positive()
    .max(100_000_000)
    .nullable()
    .default(value)
    .describe(`${about}; null: no limit`);
const price = (about: string) => z.number().nonnegative().default(0).describe(about);

const budget = z.strictObject({
  callsPerMinute: limit(30, "Calls in any minute, repeats included"),
  callsPerHour: limit(600, "Calls in any hour, repeats included"),
  tokensPerMinute: limit(null, "Tokens in any minute, prompt and answer"),
  tokensPerHour: limit(2_000_000, "Tokens in any hour, prompt and answer"),
  moneyPerDay: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Money in any 24 hours, in the currency of the prices; null: no limit"),
  inputPrice: price("Price of 1,000 tokens of prompt"),
  outputPrice: price("Price of 1,000 tokens of answer"),
  reservedForP0: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe("Share of every budget that only P0 alarms may use, 0 to 0.9"),
});

const breaker = z.strictObject({
  failures: positive(5, "Calls without answer in a row after which the model is left alone"),
  pauseMs: positive(30_000, "It is left alone this long, then one call tries, ms; doubles"),
  deniedPauseMs: positive(300_000, "The same after it refused key, balance or quota, ms; doubles"),
  pauseMaxMs: positive(3_600_000, "Longest time between two such tries, ms"),
});

const redact = z.strictObject({
  words: z
    .array(z.string().min(2))
    .default([])
    .describe("Words that never leave in a prompt, e.g. names of customers; case does not matter"),
  patterns: z
    .array(z.string().refine((text) => patternOf(text) !== null, "must be a regular expression"))
    .default([])
    .describe("Regular expressions of what never leaves in a prompt"),
  emails: z.boolean().default(true).describe("E-mail addresses never leave in a prompt"),
  userNames: z.boolean().default(true).describe("Names of IAI's users never leave in a prompt"),
});

/** Options of a model behind an OpenAI-compatible address, with unit, default and meaning. */
export const openAiCompatibleConfig = z
  .strictObject({
    kind: z
      .literal("openai-compatible")
      .describe("GLM, or any model behind an OpenAI-compatible address; see docs/agents.md"),
    baseUrl: z
      .string()
      .refine(isBaseUrl, "must be an http or https address without user, password or query")
      .default("https://open.bigmodel.cn/api/paas/v4")
      .describe("Address that `/chat/completions` is added to"),
    model: z.string().min(1).default("glm-4.7-flash").describe("Id of the model"),
    apiKey: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Key, for the environment; in a file use apiKeyFile"),
    apiKeyFile: z.string().nullable().default(null).describe("File with the key; null: none"),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe("Send key and prompts without TLS beyond this machine"),
    dialect: z
      .enum(["auto", "glm", "openai"])
      .default("auto")
      .describe("auto: glm for GLM's own addresses and for models named glm…, else openai"),
    thinking: z
      .enum(["off", "on"])
      .default("off")
      .describe("GLM thinks before it answers; the time counts, so it is off"),
    temperature: z.number().min(0).max(1).default(0.1).describe("Spread of the answers, 0 to 1"),
    jsonMode: z
      .boolean()
      .default(true)
      .describe(
        "Ask for `json_object` where no tools are offered; false: the prompt alone says it",
      ),
    extraBody: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("Further fields of each request, e.g. the endpoint's own switch for thinking"),
    concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe("Calls at the same time; what the account allows"),
    waitingMax: positive(200, "Calls that may wait for a place; beyond, QUEUE_FULL"),
    attempts: z.int().min(1).max(10).default(4).describe("Tries of one call inside its deadline"),
    answerMaxBytes: positive(262_144, "A longer answer is cut off and counts as none, bytes"),
    budget: budget.prefault({}),
    breaker: breaker.prefault({}),
    redact: redact.prefault({}),
  })
  .refine(({ apiKey, apiKeyFile }) => apiKey === null || apiKeyFile === null, {
    path: ["apiKeyFile"],
    message: "must not be given together with apiKey",
  })
  .refine(({ baseUrl, allowInsecure }) => allowInsecure || isPrivateUrl(baseUrl, ["https:"]), {
    path: ["baseUrl"],
    message:
      "must be https beyond this machine, or key and prompts go in the clear (allowInsecure)",
  });

export type OpenAiCompatibleConfig = z.infer<typeof openAiCompatibleConfig>;

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}

/** Which switches the endpoint understands. */
export function dialectOf({
  dialect,
  baseUrl,
  model,
}: Pick<OpenAiCompatibleConfig, "dialect" | "baseUrl" | "model">): "glm" | "openai" {
  if (dialect !== "auto") return dialect;
  const host = URL.parse(baseUrl)?.hostname ?? "";
  return /(^|\.)(bigmodel\.cn|z\.ai)$/.test(host) || /(^|\/)glm/i.test(model) ? "glm" : "openai";
}
