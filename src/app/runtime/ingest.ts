import type { Log } from "../../kernel/log.ts";
import type { RefusedRecord } from "../../pipeline/archive/telemetry-archiver.ts";
import { createDataIngestor, type DataIngestor } from "../../pipeline/ingest/data-ingestor.ts";
import type { DeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import { createQuarantine, type Quarantine } from "../../pipeline/ingest/quarantine.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import { readJsonItems, sourceTexts } from "../../wire/json-scan.ts";
import { readingToWire } from "../../wire/reading.ts";
import { decodeStreamEvent, encodeReading } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Foundation } from "./foundation.ts";

export interface IngestDeps extends Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly control: ControlJournal;
  readonly devices: DeviceRegistry;
  readonly tracing: Pick<Tracing, "ingestor" | "log">;
}

export interface OpenIngest {
  readonly ingestor: DataIngestor;
  readonly quarantine: Quarantine;
  /** Takes what the archive found to be wrong after it was acknowledged. */
  readonly refuse: (refused: readonly RefusedRecord[]) => Promise<void>;
}

/** Newest records of the log that the memory of repeats is filled from. */
const RECALLED = 30_000;

/** The ingest station, its memory of repeats filled from the log. */
export async function openIngest(deps: IngestDeps): Promise<OpenIngest> {
  const { records, bus, durableLog, clock, ids, log, control, devices, config, tracing } = deps;
  const quarantine = createQuarantine({ records, clock, ids });
  const inner = createDataIngestor({
    bus: tracing.log(bus),
    registry: devices,
    quarantine,
    control,
    wire: { readItems: readJsonItems, sourceTexts, encodeReading, decodeEvent: decodeStreamEvent },
    clock,
    log,
    config: { ...config.ingest, rawRetentionMs: config.retention.rawMs },
  });
  const ingestor = tracing.ingestor(inner);
  await ingestor.recover(durableLog.recent(RECALLED));
  return { ingestor, quarantine, refuse: (refused) => quarantine.add(refused.map(itemOf)) };
}

function itemOf({
  source,
  code,
  detail,
  deviceId,
  reading,
  record,
}: RefusedRecord): Parameters<Quarantine["add"]>[0][number] {
  const raw = reading === null ? record.value : Buffer.from(JSON.stringify(readingToWire(reading)));
  return { source, code, detail, deviceId, raw };
}
