import type { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../kernel/clock.ts";
import { type EpochMs, SECOND } from "../../model/basics.ts";
import type { DataIngestor } from "../../pipeline/ingest/data-ingestor.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { IngestAnswer, SourcePayload } from "../../ports/source-adapter.ts";
import type { LoggedBatches } from "./logged-batches.ts";
import type { SpanWriter, ToldSpan } from "./span-writer.ts";

/** A batch that is being accepted; what it did on the way is told when it is over. */
export interface BatchUnderWay {
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly parts: ToldSpan[];
}

export interface BatchSpanDeps {
  readonly spans: SpanWriter;
  readonly clock: Clock;
  readonly under: AsyncLocalStorage<BatchUnderWay>;
  readonly logged: LoggedBatches;
  readonly batchesPerSecond: number;
}

/** Batches of readings: `ingest`, and in it `log append`. So many a second; the others leave no span. */
export class BatchSpans {
  readonly #deps: BatchSpanDeps;
  #second = 0;
  #told = 0;

  constructor(deps: BatchSpanDeps) {
    this.#deps = deps;
  }

  ingestor(ingestor: DataIngestor): DataIngestor {
    const { clock, under } = this.#deps;
    return {
      recover: (recent) => ingestor.recover(recent),
      counters: () => ingestor.counters(),
      accept: async (payload) => {
        const batch = { source: sourceOf(payload), receivedAt: clock.now(), parts: [] };
        try {
          const answer = await under.run(batch, () => ingestor.accept(payload));
          this.#tell(batch, countsOf(answer), null);
          return answer;
        } catch (failure) {
          this.#tell(batch, {}, failure);
          throw failure;
        }
      },
    };
  }

  log<Log extends Pick<EventBus, "publish">>(log: Log): Pick<Log, "publish"> {
    const { clock, under, logged } = this.#deps;
    return {
      publish: async (records) => {
        const from = clock.now();
        const result = await log.publish(records);
        const batch = under.getStore();
        if (batch === undefined) return result;
        const to = clock.now();
        const attributes = { "iai.records": records.length };
        batch.parts.push({ name: "log append", from, to, attributes });
        const { source, receivedAt } = batch;
        logged.add({ source, receivedAt, appendFrom: from, appendTo: to, records });
        return result;
      },
    };
  }

  #tell(batch: BatchUnderWay, counts: Readonly<Record<string, number>>, failure: unknown): void {
    const { spans, clock } = this.#deps;
    const to = clock.now();
    if (!this.#mayTell(to)) return;
    const whole = spans.batch(
      {
        name: "ingest",
        from: batch.receivedAt,
        to,
        attributes: { "iai.source": batch.source, ...counts },
        ...(failure === null ? {} : { failure: String(failure) }),
      },
      null,
    );
    for (const part of batch.parts) spans.batch(part, whole);
  }

  #mayTell(now: EpochMs): boolean {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) this.#told = 0;
    this.#second = second;
    this.#told += 1;
    return this.#told <= this.#deps.batchesPerSecond;
  }
}

/** Of readings from several places the first one's. */
function sourceOf(payload: SourcePayload): string {
  return "source" in payload ? payload.source : (payload.items[0]?.source ?? "");
}

function countsOf({ accepted, duplicates, rejected, degraded }: IngestAnswer) {
  return {
    "iai.accepted": accepted,
    "iai.duplicates": duplicates,
    "iai.rejected": rejected.length,
    "iai.degraded": degraded.length,
  };
}
