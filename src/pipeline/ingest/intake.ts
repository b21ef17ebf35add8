import { crashPoint } from "../../kernel/crash-point.ts";
import { asIaiError, IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { BusRecord } from "../../ports/event-bus.ts";
import type { IngestAnswer, SourceItem, SourcePayload } from "../../ports/source-adapter.ts";
import { Flight } from "./flight.ts";
import type { IngestTally } from "./ingest-counters.ts";
import type { DataIngestorDeps } from "./ingest-deps.ts";
import { registerSenders } from "./learn-devices.ts";
import { planOf } from "./metric-plan.ts";
import type { Quarantine, QuarantineItem } from "./quarantine.ts";
import { type CheckContext, type CheckedReading, checkReading } from "./reading-check.ts";
import type { RecentReadings } from "./recent-readings.ts";
import type { Refusal } from "./refusal.ts";

/** A reading that waits for the log, with its place in the body. */
interface Candidate {
  readonly index: number;
  readonly reading: Reading;
}

/** One request on its way through the station. */
export class Intake {
  readonly #items: readonly SourceItem[];
  readonly #payload: SourcePayload;
  readonly #deps: DataIngestorDeps;
  readonly #recent: RecentReadings;
  readonly #tally: IngestTally;
  #candidates: Candidate[] = [];
  readonly #rejected: (Refusal & { readonly index: number })[] = [];
  readonly #degraded: { readonly index: number; readonly field: string; readonly code: string }[] =
    [];
  #accepted = 0;
  #duplicates = 0;

  constructor(
    items: readonly SourceItem[],
    payload: SourcePayload,
    station: {
      readonly deps: DataIngestorDeps;
      readonly recent: RecentReadings;
      readonly tally: IngestTally;
    },
  ) {
    this.#items = items;
    this.#payload = payload;
    this.#deps = station.deps;
    this.#recent = station.recent;
    this.#tally = station.tally;
  }

  /** Judges every item; devices and metrics that are new are registered before their readings go on. */
  async check(now: EpochMs, receivedAt: EpochMs): Promise<void> {
    const { registry, config } = this.#deps;
    const unknown = new Map<number, CheckedReading>();
    const context = this.#context(now, receivedAt);
    for (let index = 0; index < this.#items.length; index += 1) {
      const checked = this.#judge(index, context);
      if (checked === null) continue;
      if (checked.registered && checked.learned === null) this.#keep(index, checked.reading);
      else if (checked.registered || config.autoRegister) unknown.set(index, checked);
      else
        this.#refuse(index, {
          code: "DEVICE_UNKNOWN",
          field: "device_id",
          detail: "it is not registered",
        });
    }
    if (unknown.size === 0) return;
    await registerSenders(registry, [...unknown.values()]);
    // What was learned may differ from what was guessed: another request may have been first.
    const again = this.#context(now, receivedAt);
    for (const index of unknown.keys()) {
      const checked = this.#judge(index, again);
      if (checked !== null) this.#keep(index, checked.reading);
    }
    this.#candidates.sort((a, b) => a.index - b.index);
  }

  /** Appends what is new, in rounds: a reading that repeats one still on its way waits for its outcome. */
  async store(): Promise<void> {
    while (this.#candidates.length > 0) {
      const waiting: Candidate[] = [];
      const flights = new Set<Flight>();
      const flight = new Flight();
      for (const candidate of this.#candidates)
        this.#place(candidate, { flight, waiting, flights });
      await this.#publish(flight);
      flights.delete(flight);
      for (const other of flights) await other.landed;
      this.#candidates = waiting;
    }
  }

  async finish(): Promise<IngestAnswer> {
    this.#tally.repeat(this.#duplicates);
    this.#rejected.sort((a, b) => a.index - b.index);
    const refusedItems = new Set(this.#rejected.map(({ index }) => index));
    const degraded = this.#degraded.filter(({ index }) => !refusedItems.has(index));
    for (const { code } of degraded) this.#tally.degrade(code);
    const refused = this.#rejected.map(({ index, code, detail }): QuarantineItem => {
      this.#tally.reject(code, 1);
      const { bytes, value, source } = this.#item(index);
      return { source, code, detail, deviceId: deviceIdOf(value), raw: bytes };
    });
    await quarantineAll(this.#deps.quarantine, refused, this.#deps.log);
    return {
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      degraded,
    };
  }

  /** The log takes nothing more: counts what is left and says how far the request came. */
  abandon(failure: unknown): IaiError {
    const error = asIaiError(failure, "accept readings");
    const total = this.#items.length;
    this.#tally.reject(error.code, total - this.#accepted);
    if (this.#accepted === 0) return error;
    const part = `${this.#accepted} of ${total} readings were accepted; send all again, repeats are recognised`;
    return new IaiError(error.code, `${error.message} (${part})`, {
      cause: error,
      data: error.data,
    });
  }

  #context(now: EpochMs, receivedAt: EpochMs): CheckContext {
    const { registry, control, config, wire } = this.#deps;
    return {
      now,
      receivedAt,
      configVersion: control.current(),
      clockSkewMaxMs: config.clockSkewMaxMs,
      rawRetentionMs: config.rawRetentionMs,
      deviceIds: this.#payload.deviceIds,
      planOf: (deviceId) => {
        const device = registry.find(deviceId);
        return device === null ? null : planOf(device);
      },
      sourceTexts: wire.sourceTexts,
    };
  }

  #judge(index: number, context: CheckContext): CheckedReading | null {
    const { value, fault, bytes } = this.#item(index);
    const checked =
      fault === null
        ? checkReading(value, bytes, context)
        : { code: fault.code, field: null, detail: fault.detail };
    if ("reading" in checked) return checked;
    this.#refuse(index, checked);
    return null;
  }

  #keep(index: number, reading: Reading): void {
    this.#candidates.push({ index, reading });
    if (reading.faults === null) return;
    for (const [field, { code }] of reading.faults) this.#degraded.push({ index, field, code });
  }

  #refuse(index: number, { code, field, detail }: Refusal): void {
    this.#rejected.push({ index, code, field, detail });
  }

  #place(
    { index, reading }: Candidate,
    round: {
      readonly flight: Flight;
      readonly waiting: Candidate[];
      readonly flights: Set<Flight>;
    },
  ): void {
    const verdict = this.#recent.judge(reading);
    switch (verdict.kind) {
      case "new":
        this.#recent.take(reading, round.flight);
        break;
      case "duplicate":
        this.#duplicates += 1;
        break;
      case "partly":
        this.#recent.take(without(reading, verdict.metrics), round.flight);
        break;
      case "conflict":
        this.#refuse(index, {
          code: "DUPLICATE_CONFLICT",
          field: verdict.metric,
          detail: "another value is stored for this time; the first was kept",
        });
        break;
      case "wait":
        round.waiting.push({ index, reading });
        for (const other of verdict.flights) round.flights.add(other);
        break;
    }
  }

  async #publish(flight: Flight): Promise<void> {
    const { readings } = flight;
    if (readings.length === 0) {
      flight.land();
      return;
    }
    try {
      const { encodeReading } = this.#deps.wire;
      const records = readings.map((reading): BusRecord => {
        return { topic: "raw_sensor_data", key: reading.deviceId, value: encodeReading(reading) };
      });
      crashPoint("A.before");
      await this.#deps.bus.publish(records);
      crashPoint("A.after");
    } catch (failure) {
      this.#recent.lost(flight);
      throw failure;
    }
    this.#recent.landed(flight);
    this.#accepted += readings.length;
    this.#tally.accept(readings.length);
  }

  #item(index: number): SourceItem {
    const item = this.#items[index];
    if (item === undefined) throw new RangeError(`there is no item ${index}`);
    return item;
  }
}

/** A reading without metrics that are stored already. */
function without(reading: Reading, metrics: ReadonlySet<string>): Reading {
  const rest = <V>(map: ReadonlyMap<string, V>): Map<string, V> =>
    new Map([...map].filter(([metric]) => !metrics.has(metric)));
  const orNull = <V>(map: ReadonlyMap<string, V> | null): Map<string, V> | null => {
    const left = map === null ? null : rest(map);
    return left === null || left.size === 0 ? null : left;
  };
  return {
    ...reading,
    values: rest(reading.values),
    qualities: orNull(reading.qualities),
    faults: orNull(reading.faults),
    sources: orNull(reading.sources),
  };
}

function deviceIdOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "device_id"))
    return null;
  const deviceId = (value as Record<string, unknown>)["device_id"];
  return typeof deviceId === "string" ? deviceId.slice(0, 50) : null;
}

/** The answer to the sender says what was refused: it does not wait for a store that is away. */
export async function quarantineAll(
  quarantine: Pick<Quarantine, "add">,
  items: readonly QuarantineItem[],
  log: Log,
): Promise<void> {
  if (items.length === 0) return;
  try {
    await quarantine.add(items);
  } catch (failure) {
    log.error("ingest.quarantine.lost", { items: items.length, error: String(failure) });
  }
}
