import { type DeviceId, type EpochMs, MINUTE } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { MinuteBlock } from "./minute-block.ts";

/** Minutes of one device, [begin, end). */
export interface DeviceSpan {
  readonly deviceId: DeviceId;
  readonly begin: EpochMs;
  readonly end: EpochMs;
}

/** What is asked of the database when memory does not know. */
export interface StoredReadings {
  /** Time of the newest reading that is not before `begin`; null: there is none. One answer a span. */
  newest(spans: readonly DeviceSpan[]): Promise<readonly (EpochMs | null)[]>;
  /** All readings of each span. */
  readings(spans: readonly DeviceSpan[]): Promise<readonly (readonly Reading[])[]>;
}

interface KnownDevice {
  /** The database holds nothing of the device from here on, and never did. */
  emptyFrom: EpochMs;
  readonly blocks: Map<EpochMs, MinuteBlock>;
}

/** Minutes that a span read back at once may skip or cover. */
const SPAN_GAP = 5 * MINUTE;
const SPAN_MAX = 30 * MINUTE;
/** Devices remembered; beyond it all are forgotten, which costs a look into the database each. */
const DEVICES_MAX = 200_000;
/** Share of its limit that memory is trimmed to, so that not every write has to trim. */
const TRIM_TO = 0.75;

const minuteOf = (at: EpochMs): EpochMs => Math.floor(at / MINUTE) * MINUTE;

/**
 * The minutes that were written lately, whole: whatever is not in memory is read back before it is changed. Correct
 * only as long as nobody else writes the same devices; `forget` when somebody did.
 */
export class RecentMinutes {
  readonly #stored: StoredReadings;
  readonly #cellsMax: number;
  readonly #devices = new Map<DeviceId, KnownDevice>();
  /** The longest untouched first. */
  readonly #byUse = new Set<MinuteBlock>();
  #cells = 0;
  readonly #cellsOf = new Map<MinuteBlock, number>();

  constructor(stored: StoredReadings, cellsMax: number) {
    this.#stored = stored;
    this.#cellsMax = cellsMax;
  }

  get isFull(): boolean {
    return this.#cells > this.#cellsMax || this.#devices.size > DEVICES_MAX;
  }

  /** Brings the minutes of these readings into memory. */
  async load(readings: Iterable<Reading>): Promise<void> {
    const wanted = new Map<DeviceId, Set<EpochMs>>();
    for (const { deviceId, measuredAt } of readings) {
      const minuteAt = minuteOf(measuredAt);
      if (this.#devices.get(deviceId)?.blocks.has(minuteAt)) continue;
      const minutes = wanted.get(deviceId) ?? new Set();
      wanted.set(deviceId, minutes.add(minuteAt));
    }
    if (wanted.size === 0) return;
    await this.#learn(wanted);
    const spans: DeviceSpan[] = [];
    for (const [deviceId, minutes] of wanted) spans.push(...this.#missing(deviceId, minutes));
    if (spans.length > 0) await this.#readBack(spans);
    for (const [deviceId, minutes] of wanted) {
      for (const minuteAt of [...minutes].sort((a, b) => a - b)) this.#open(deviceId, minuteAt);
    }
  }

  /** The minute of a reading that was loaded. */
  blockOf({ deviceId, measuredAt }: Reading): MinuteBlock {
    const block = this.#devices.get(deviceId)?.blocks.get(minuteOf(measuredAt));
    if (block === undefined)
      throw new Error("Cannot find a minute that was loaded: a mistake of ours");
    return block;
  }

  /** Called after a block was changed: counts its memory and makes it the last to be forgotten. */
  touch(block: MinuteBlock): void {
    const cells = block.cells;
    this.#cells += cells - (this.#cellsOf.get(block) ?? 0);
    this.#cellsOf.set(block, cells);
    this.#byUse.delete(block);
    this.#byUse.add(block);
  }

  /** Forgets the longest untouched minutes; nothing that was changed may wait to be written. */
  trim(): void {
    if (this.#devices.size > DEVICES_MAX) this.forget();
    for (const block of this.#byUse) {
      if (this.#cells <= this.#cellsMax * TRIM_TO) return;
      this.#drop(block);
    }
  }

  forget(): void {
    this.#devices.clear();
    this.#byUse.clear();
    this.#cellsOf.clear();
    this.#cells = 0;
  }

  /** Finds out from where on nothing is stored of devices that are new to us. */
  async #learn(wanted: ReadonlyMap<DeviceId, ReadonlySet<EpochMs>>): Promise<void> {
    const unknown = [...wanted.keys()].filter((deviceId) => !this.#devices.has(deviceId));
    if (unknown.length === 0) return;
    const spans = unknown.map((deviceId) => {
      const begin = Math.min(...(wanted.get(deviceId) ?? []));
      return { deviceId, begin, end: Number.POSITIVE_INFINITY };
    });
    const newest = await this.#stored.newest(spans);
    spans.forEach(({ deviceId, begin }, i) => {
      const at = newest[i] ?? null;
      const emptyFrom = at === null ? begin : minuteOf(at) + MINUTE;
      this.#devices.set(deviceId, { emptyFrom, blocks: new Map() });
    });
  }

  /** Minutes that the database may hold and memory does not, those close to each other in one span. */
  #missing(deviceId: DeviceId, minutes: ReadonlySet<EpochMs>): DeviceSpan[] {
    const device = this.#devices.get(deviceId);
    const stored = [...minutes].filter((minuteAt) => minuteAt < (device?.emptyFrom ?? 0));
    const spans: { deviceId: DeviceId; begin: EpochMs; end: EpochMs }[] = [];
    for (const minuteAt of stored.sort((a, b) => a - b)) {
      const last = spans.at(-1);
      const isNear =
        last !== undefined &&
        minuteAt - last.end <= SPAN_GAP &&
        minuteAt + MINUTE - last.begin <= SPAN_MAX;
      if (isNear) last.end = minuteAt + MINUTE;
      else spans.push({ deviceId, begin: minuteAt, end: minuteAt + MINUTE });
    }
    return spans;
  }

  /** Whole spans become blocks; a minute that is in memory already is newer than what is read. */
  async #readBack(spans: readonly DeviceSpan[]): Promise<void> {
    const found = await this.#stored.readings(spans);
    spans.forEach(({ deviceId, begin, end }, i) => {
      const had = new Set(this.#devices.get(deviceId)?.blocks.keys());
      for (let minuteAt = begin; minuteAt < end; minuteAt += MINUTE) {
        if (!had.has(minuteAt)) this.#open(deviceId, minuteAt);
      }
      for (const reading of found[i] ?? []) {
        if (!had.has(minuteOf(reading.measuredAt))) this.blockOf(reading).put(reading);
      }
      for (const [minuteAt, block] of this.#devices.get(deviceId)?.blocks ?? []) {
        if (minuteAt >= begin && minuteAt < end) this.touch(block);
      }
    });
  }

  #open(deviceId: DeviceId, minuteAt: EpochMs): void {
    const device = this.#devices.get(deviceId);
    if (device === undefined || device.blocks.has(minuteAt)) return;
    const block = new MinuteBlock(deviceId, minuteAt);
    device.blocks.set(minuteAt, block);
    device.emptyFrom = Math.max(device.emptyFrom, minuteAt + MINUTE);
    this.touch(block);
  }

  #drop(block: MinuteBlock): void {
    this.#devices.get(block.deviceId)?.blocks.delete(block.minuteAt);
    this.#byUse.delete(block);
    this.#cells -= this.#cellsOf.get(block) ?? 0;
    this.#cellsOf.delete(block);
  }
}
