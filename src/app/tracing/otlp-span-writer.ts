import type { Context, SpanContext, Tracer } from "@opentelemetry/api";
import type { IdGenerator, TracerProviderOptions } from "@opentelemetry/sdk-trace";
import type { Config } from "../config/schema.ts";
import { productVersion } from "../repository.ts";
import { alarmContext, instantOf, type SpanWriter, type ToldSpan } from "./span-writer.ts";

type Resource = NonNullable<TracerProviderOptions["resource"]>;
type TracingConfig = Config["tracing"] & { readonly url: string };

/** Ids that the next span gets; null: random ones. */
interface NextIds {
  of: SpanContext | null;
}

/** Sends spans by OTLP over HTTP, some at a time. Loads the vendor's library when it is called. */
export async function openOtlpSpanWriter(config: TracingConfig, role: string): Promise<SpanWriter> {
  const [api, sdk, { OTLPTraceExporter }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
  ]);
  const nextIds: NextIds = { of: null };
  const exporter = new OTLPTraceExporter({ url: config.url, timeoutMillis: EXPORT_LIMIT_MS });
  const provider = new sdk.TracerProvider({
    idGenerator: givenIds(nextIds, new sdk.RandomIdGenerator()),
    sampler: new sdk.AlwaysOnSampler(),
    resource: resourceOf({
      "service.name": config.serviceName,
      "service.version": productVersion,
      "iai.role": role,
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: config.exportEveryMs,
        maxQueueSize: config.waitingSpans,
        maxExportBatchSize: Math.min(512, config.waitingSpans),
        exportTimeoutMillis: EXPORT_LIMIT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("iai", productVersion);
  const under = (parent: SpanContext): Context =>
    api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, isRemote: true });
  const write = (span: ToldSpan, context: Context): SpanContext =>
    writeSpan(tracer, span, { context, failed: api.SpanStatusCode.ERROR });
  return {
    batch: (span, parent) => write(span, parent === null ? api.ROOT_CONTEXT : under(parent)),
    alarm: (traceId, span) => {
      nextIds.of = alarmContext(traceId);
      try {
        write(span, api.ROOT_CONTEXT);
      } finally {
        nextIds.of = null;
      }
    },
    part: (traceId, span) => void write(span, under(alarmContext(traceId))),
    close: () => provider.shutdown(),
  };
}

/** A receiver without answer after this time has not taken the spans. */
const EXPORT_LIMIT_MS = 5_000;

function writeSpan(
  tracer: Tracer,
  { name, from, to, attributes, links = [], failure }: ToldSpan,
  { context, failed }: { readonly context: Context; readonly failed: number },
): SpanContext {
  const options = { startTime: instantOf(from), attributes, links: [...links] };
  const span = tracer.startSpan(name, options, context);
  if (failure !== undefined) span.setStatus({ code: failed, message: failure });
  span.end(instantOf(Math.max(from, to)));
  return span.spanContext();
}

/** The first span of an alarm has ids that every process can compute. */
function givenIds(next: NextIds, random: IdGenerator): IdGenerator {
  return {
    generateTraceId: () => next.of?.traceId ?? random.generateTraceId(),
    generateSpanId: () => next.of?.spanId ?? random.generateSpanId(),
  };
}

/** What all spans of this process have in common; nothing of it has to be found out first. */
function resourceOf(attributes: Readonly<Record<string, string>>): Resource {
  const resource: Resource = {
    attributes,
    getRawAttributes: () => Object.entries(attributes),
    merge: () => resource,
  };
  return resource;
}
