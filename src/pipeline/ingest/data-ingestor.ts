import { type ErrorCode, IaiError } from "../../kernel/errors.ts";
import { createTurns } from "../../kernel/turns.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { BusBatch } from "../../ports/event-bus.ts";
import type { ReadingSink, SourceItem, SourcePayload } from "../../ports/source-adapter.ts";
import { type IngestCounters, IngestTally } from "./ingest-counters.ts";
import type { DataIngestorDeps } from "./ingest-deps.ts";
import { Intake, quarantineAll } from "./intake.ts";
import { RecentReadings } from "./recent-readings.ts";

/**
 * Validates readings, appends them to the log, and only then acknowledges.
 * - Answers item by item; what is refused is kept in quarantine, except `STORAGE_LOW` and its like.
 * - A body that cannot be read, or a log that takes nothing, throws: nothing of the request was accepted.
 * - A reading that is repeated is a success; it is stored once.
 */
export interface DataIngestor extends ReadingSink {
  /** Fills the memory of repeats from the newest part of the log, before the first request. */
  recover(recent: AsyncIterable<BusBatch>): Promise<void>;
  counters(): IngestCounters;
}

const MAX_DEPTH = 8;
/** Requests that wait while an earlier one registers devices; beyond it QUEUE_FULL. */
const WAITING_MAX = 1_000;

export function createDataIngestor(deps: DataIngestorDeps): DataIngestor {
  const recent = new RecentReadings();
  const tally = new IngestTally();
  // One after the other into the log: while one registers a device, its next readings must not overtake it.
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "accept readings" });
  let lastReceivedAt = Number.NEGATIVE_INFINITY;
  /** Receive time never goes back, whatever the wall clock does. */
  const receiveTime = (now: EpochMs): EpochMs => {
    lastReceivedAt = Math.max(lastReceivedAt, now);
    return lastReceivedAt;
  };

  return {
    accept: async (payload) => {
      const items = await readItems(payload, deps, tally);
      const now = Math.floor(deps.clock.now());
      const intake = new Intake(items, payload, { deps, recent, tally });
      try {
        const { storing } = await turns.use(async () => {
          await intake.check(now, receiveTime(now));
          // In its place in the log as soon as this returns; the disk is waited for outside the turn.
          return { storing: intake.store() };
        });
        await storing;
      } catch (failure) {
        throw intake.abandon(failure);
      }
      return await intake.finish();
    },
    recover: async (batches) => {
      for await (const batch of batches) {
        for (const record of batch.records) {
          if (record.topic !== "raw_sensor_data") continue;
          const event = deps.wire.decodeEvent(record);
          if (event.kind === "reading") recent.take(event.reading, null);
        }
      }
    },
    counters: () => tally.counters(),
  };
}

/** The items of a payload; throws, after it is in quarantine, when a body cannot be read as a whole. */
async function readItems(
  payload: SourcePayload,
  { wire, config, quarantine, log }: DataIngestorDeps,
  tally: IngestTally,
): Promise<readonly SourceItem[]> {
  if ("items" in payload) return payload.items;
  const { body, format, source } = payload;
  const limits = { maxItems: config.maxReadings, maxDepth: MAX_DEPTH };
  const tooLong = `it has more than ${config.maxBodyBytes} bytes`;
  const read =
    body.byteLength > config.maxBodyBytes
      ? { ok: false as const, fault: { code: "TOO_LARGE", detail: tooLong } }
      : wire.readItems(body, format, limits);
  if (read.ok) return read.items.map((item) => ({ ...item, source }));
  const { code, detail } = read.fault;
  tally.reject(code, 1);
  await quarantineAll(quarantine, [{ source, code, detail, deviceId: null, raw: body }], log);
  throw new IaiError(code as ErrorCode, `Cannot read the body: ${detail}; nothing was accepted`);
}
