import type { DeviceId, EpochMs } from "../../model/basics.ts";
import type { BusRecord } from "../../ports/event-bus.ts";

/** A batch of readings on its way into the log. */
export interface LoggedBatch {
  /** Where it came from, e.g. `http`. */
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly appendFrom: EpochMs;
  readonly appendTo: EpochMs;
  readonly records: readonly BusRecord[];
}

/** Readings that are remembered at most, in whole batches: some seconds of a large plant. */
const READINGS_MAX = 20_000;

/** The newest batches, so that an alarm finds the one that brought its reading. Values are read only when asked. */
export class LoggedBatches {
  readonly #measuredAt: (record: BusRecord) => EpochMs | null;
  #batches: LoggedBatch[] = [];
  #readings = 0;

  /** `measuredAt` reads the time of the reading in a record; null: there is none in it. */
  constructor(measuredAt: (record: BusRecord) => EpochMs | null) {
    this.#measuredAt = measuredAt;
  }

  add(batch: LoggedBatch): void {
    this.#batches.push(batch);
    this.#readings += batch.records.length;
    let gone = 0;
    while (this.#readings > READINGS_MAX && gone < this.#batches.length - 1) {
      this.#readings -= this.#batches[gone]?.records.length ?? 0;
      gone += 1;
    }
    if (gone > 0) this.#batches = this.#batches.slice(gone);
  }

  /** null: it is too long ago, or another process took it. */
  find(deviceId: DeviceId, measuredAt: EpochMs): LoggedBatch | null {
    const holds = ({ records }: LoggedBatch): boolean =>
      records.some((record) => record.key === deviceId && this.#measuredAt(record) === measuredAt);
    return this.#batches.findLast(holds) ?? null;
  }
}
