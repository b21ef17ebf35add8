import { z } from "zod";
import { redisCacheConfig } from "../../backends/cache/redis/config.ts";
import { nacosConfig } from "../../backends/config-source/nacos/config.ts";
import { embeddedEventBusConfig } from "../../backends/event-bus/embedded/config.ts";
import { kafkaEventBusConfig } from "../../backends/event-bus/kafka/config.ts";
import { openAiCompatibleConfig } from "../../backends/language-model/openai-compatible/config.ts";
import { emailConfig } from "../../backends/notifier/email/config.ts";
import { webhookConfig } from "../../backends/notifier/webhook/config.ts";
import { mysqlRecordStoreConfig } from "../../backends/record-store/mysql/config.ts";
import { streamEngineConfig } from "../../backends/stream-engine/embedded/config.ts";
import { flinkStreamEngineConfig } from "../../backends/stream-engine/flink/config.ts";
import { embeddedTelemetryConfig } from "../../backends/telemetry-store/embedded/config.ts";
import { influxTelemetryConfig } from "../../backends/telemetry-store/influxdb/config.ts";
import { agentsSection } from "./agents-section.ts";
import { byKind } from "./by-kind.ts";
import { sources } from "./source-schema.ts";
import { tracingSection } from "./tracing-section.ts";

const ms = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().nonnegative().default(value).describe(about);
const positiveMs = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().positive().default(value).describe(about);

const plant = z.strictObject({
  name: z.string().default("Plant").describe("Name shown on every page"),
  timeZone: z
    .string()
    .default("UTC")
    .describe("IANA time zone of day-based numbers and reports, e.g. Asia/Shanghai"),
  language: z
    .enum(["zh", "en"])
    .default("en")
    .describe("Language of notifications and printed reports"),
});

const api = z.strictObject({
  host: z.string().default("127.0.0.1").describe("Address the API listens on"),
  port: z.int().min(0).max(65535).default(8000).describe("Port of the API; 0 takes a free one"),
  allowedHosts: z
    .array(z.string())
    .default([])
    .describe("Host names that requests may carry besides loopback"),
  allowInsecureBind: z
    .boolean()
    .default(false)
    .describe("Listen beyond loopback without TLS, behind a proxy that has it"),
  tlsCertFile: z
    .string()
    .nullable()
    .default(null)
    .describe("PEM certificate chain; with tlsKeyFile the API and the console speak TLS"),
  tlsKeyFile: z.string().nullable().default(null).describe("PEM private key"),
  publicUrl: z
    .string()
    .nullable()
    .default(null)
    .describe("Address of the console in links that leave the plant, e.g. https://iai.example"),
});

const consoleSection = z.strictObject({
  enabled: z.boolean().default(true).describe("Serve the web console"),
  port: z.int().min(0).max(65535).default(3001).describe("Port of the console; 0 takes a free one"),
});

const ingest = z.strictObject({
  autoRegister: z
    .boolean()
    .default(true)
    .describe("Register unknown devices at their first reading (criticality C, not protected)"),
  maxBodyBytes: z
    .int()
    .positive()
    .default(1_048_576)
    .describe("Largest body of one request after decompression, bytes"),
  maxReadings: z
    .int()
    .positive()
    .max(100_000)
    .default(1_000)
    .describe("Most readings of one request"),
  clockSkewMaxMs: positiveMs(300_000, "A reading may be this far ahead of our clock, ms"),
  rateLimitPerKey: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Readings a second one key may send; 0: no limit"),
});

const detect = z.strictObject({
  learnRows: z
    .int()
    .min(50)
    .default(400)
    .describe("Good readings a baseline learns from before it is provisional"),
  deviationConfirmMs: ms(
    60_000,
    "A deviation becomes an alert when it lasts this long, ms of event time",
  ),
  onDelayMs: ms(0, "A limit must be exceeded this long before its alarm is raised, ms"),
  offDelayMs: ms(5_000, "A condition must be gone this long before it counts as cleared, ms"),
  startupMaxMs: positiveMs(
    300_000,
    "STARTING blanks the rules that ask for it at most this long, ms",
  ),
  acceptAfterMs: ms(86_400_000, "Settled RUNNING before an engineer may accept a baseline, ms"),
});

const alert = z.strictObject({
  cooldownMs: ms(
    300_000,
    "A re-raise within this time after clearing reopens the same alarm, ms of event time; 0 (and no off-delay): each reading that meets a limit or rule is told",
  ),
  diagnosedPerMinute: z
    .int()
    .positive()
    .default(10)
    .describe("Alarms of one device diagnosed singly in a minute; more are stored and grouped"),
});

const diagnose = z.strictObject({
  concurrency: z.int().min(1).max(32).default(4).describe("Diagnoses at the same time"),
  leaseMs: positiveMs(60_000, "A diagnosis that does not end in this time is taken over, ms"),
  evidenceTimeoutMs: positiveMs(
    2_000,
    "Evidence that is not there after this time counts as missing, ms",
  ),
  attempts: z.int().min(1).max(20).default(3).describe("Tries before a minimal report is written"),
});

const orderType = z.enum(["EMERGENCY", "PLANNED", "INSPECTION", "NONE"]);
const orderStatus = z.enum(["PROPOSED", "OPEN"]);
const policyRow = (
  type: z.infer<typeof orderType>,
  status: z.infer<typeof orderStatus>,
  about: string,
) =>
  z
    .strictObject({
      type: orderType.default(type).describe(`Order written for ${about}`),
      status: orderStatus.default(status).describe("PROPOSED waits for a person, OPEN does not"),
    })
    .prefault({});

const decide = z.strictObject({
  p0: policyRow("EMERGENCY", "PROPOSED", "a P0 alarm"),
  p1: policyRow("PLANNED", "PROPOSED", "a P1 alarm"),
  p2: policyRow("INSPECTION", "OPEN", "a P2 alarm"),
  p3: policyRow("NONE", "OPEN", "a P3 alarm"),
});

const notify = z.strictObject({
  targets: z
    .array(z.discriminatedUnion("kind", [webhookConfig, emailConfig]))
    .refine(
      (targets) => new Set(targets.map(({ name }) => name)).size === targets.length,
      "each target needs a name of its own",
    )
    .default([])
    .describe("Webhooks and mailboxes that are told; see docs/notifications.md"),
  repeatP0Ms: positiveMs(300_000, "An unacknowledged P0 is told again after this time, ms"),
  escalateP0Ms: positiveMs(
    600_000,
    "Targets for escalation are told of a P0 unacknowledged so long, ms",
  ),
  escalateP1Ms: positiveMs(1_800_000, "The same for a P1, ms"),
  escalateOrderMs: positiveMs(
    600_000,
    "The same for a proposed order that nobody has approved, ms",
  ),
  attempts: z
    .int()
    .min(1)
    .default(50)
    .describe("Deliveries tried before a notification counts as failed"),
});

const retention = z.strictObject({
  rawMs: positiveMs(90 * 86_400_000, "Raw readings are kept this long, ms"),
  aggregateMs: positiveMs(365 * 86_400_000, "Minutes and anomaly events are kept this long, ms"),
  maxBytes: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("Upper bound of all telemetry files, bytes; null: by age alone"),
});

const access = z.strictObject({
  tokenMs: z
    .int()
    .min(60_000)
    .max(900_000)
    .default(900_000)
    .describe("Life of an access token, ms; at most 15 min"),
  sessionMs: positiveMs(12 * 3_600_000, "Life of a console session, ms"),
  lockAfter: z
    .int()
    .min(3)
    .default(5)
    .describe("Failed sign-ins before an account is locked for a while"),
  secretFile: z
    .string()
    .nullable()
    .default(null)
    .describe(
      "File with the secret that tokens and the audit chain are made from, the same for all roles; null: one in the data folder",
    ),
});

const mcp = z.strictObject({
  proposals: z.boolean().default(true).describe("Agents may propose orders and states over MCP"),
  requestsPerSecond: z.int().positive().default(50).describe("MCP requests a second of one key"),
});

const logSection = z.strictObject({
  level: z
    .enum(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("Least severe event that is logged"),
});

const memoryCache = z.strictObject({
  kind: z.literal("memory").describe("Copies in this process"),
});

const fileConfigSource = z.strictObject({
  kind: z.literal("file").describe("The configuration file and `IAI_…` variables alone"),
});

const embeddedEventBus = embeddedEventBusConfig.extend({
  kind: z.literal("embedded").describe("Durable log in one SQLite file"),
});

/** What was carried to Kafka stays in the outbox this long, so that repeats are still recognised. */
const CARRIED_MS = 3_600_000;

const kafkaEventBus = kafkaEventBusConfig.safeExtend({
  outbox: embeddedEventBusConfig.prefault({ retentionMs: CARRIED_MS }),
});

const embeddedTelemetryStore = embeddedTelemetryConfig.extend({
  kind: z.literal("embedded").describe("Compressed column store, one file a day"),
});

const sqliteRecordStore = z.strictObject({
  kind: z.literal("sqlite").describe("Records in one SQLite file"),
});

const noLanguageModel = z.strictObject({
  kind: z.literal("none").describe("No language model: rule reports are complete reports"),
});

/** The whole configuration. Every option has a default, so that an empty file starts the embedded profile. */
export const configSchema = z.strictObject({
  dataDir: z.string().min(1).default("data").describe("Folder of everything IAI keeps"),
  plant: plant.prefault({}),
  api: api.prefault({}),
  console: consoleSection.prefault({}),
  log: logSection.prefault({}),
  tracing: tracingSection.prefault({}),
  ingest: ingest.prefault({}),
  sources,
  detect: detect.prefault({}),
  alert: alert.prefault({}),
  diagnose: diagnose.prefault({}),
  agents: agentsSection.prefault({}),
  decide: decide.prefault({}),
  notify: notify.prefault({}),
  retention: retention.prefault({}),
  access: access.prefault({}),
  mcp: mcp.prefault({}),
  eventBus: byKind(embeddedEventBus, kafkaEventBus),
  telemetryStore: byKind(embeddedTelemetryStore, influxTelemetryConfig),
  recordStore: byKind(sqliteRecordStore, mysqlRecordStoreConfig),
  cache: byKind(memoryCache, redisCacheConfig),
  configSource: byKind(fileConfigSource, nacosConfig),
  streamEngine: byKind(streamEngineConfig, flinkStreamEngineConfig),
  languageModel: byKind(noLanguageModel, openAiCompatibleConfig),
});

export type Config = z.infer<typeof configSchema>;

/** Sections that take effect while running; every other change needs a restart. */
export const reloadableSections = ["detect", "alert", "languageModel"] as const;
