import { hash32 } from "../../kernel/hash.ts";
import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { Flight } from "./flight.ts";

/** Timestamps of a device that are remembered with every value. */
const SLOTS = 32;

/** How a reading relates to what is known of its device. */
export type Verdict =
  | { readonly kind: "new" }
  | { readonly kind: "duplicate" }
  /** Some metrics are known with these very values, the others are new. */
  | { readonly kind: "partly"; readonly metrics: ReadonlySet<MetricName> }
  | { readonly kind: "conflict"; readonly metric: MetricName }
  /** It repeats something that is on its way into the log: ask again when that has landed. */
  | { readonly kind: "wait"; readonly flights: readonly Flight[] };

const isNew: Verdict = { kind: "new" };
const isDuplicate: Verdict = { kind: "duplicate" };

/**
 * What one device has sent lately, in about 2 kB: the newest timestamps with all their values, older ones as
 * hashes of (time, values). A reading above the high-water mark is new without any search.
 */
export class DeviceMemory {
  /** Largest timestamp taken: the high-water mark. */
  #newest = Number.NEGATIVE_INFINITY;
  readonly #times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #columns = new Map<MetricName, number>();
  /** One row of numbers for each slot; NaN: this metric was not sent. */
  #numbers = new Float64Array(0);
  #width = 0;
  readonly #flights = new Map<EpochMs, Flight[]>();
  /** Hashes of readings that left the slots, or never had one, while on their way into the log. */
  readonly #unlanded = new Map<EpochMs, number[]>();
  #hashes = new Float64Array(0);
  #nextHash = 0;

  judge(reading: Reading): Verdict {
    const at = reading.measuredAt;
    if (at > this.#newest) return isNew;
    const slot = this.#times.indexOf(at);
    if (slot >= 0) return this.#compare(reading, slot);
    if (at > this.#oldest()) return isNew;
    const hash = hashOf(reading);
    if (this.#unlanded.get(at)?.includes(hash) === true) {
      return { kind: "wait", flights: this.#flights.get(at) ?? [] };
    }
    return this.#hashes.includes(hash) ? isDuplicate : isNew;
  }

  /** Remembers a reading; with a flight it may still be taken back. `hashes` is the ring's size now. */
  take(reading: Reading, flight: Flight | null, hashes: number): void {
    const at = reading.measuredAt;
    if (flight !== null) {
      const known = this.#flights.get(at);
      if (known === undefined) this.#flights.set(at, [flight]);
      else known.push(flight);
    }
    let slot = this.#times.indexOf(at);
    if (slot < 0) {
      slot = this.#oldestSlot();
      if (at < (this.#times[slot] ?? 0)) {
        this.#keepHash(at, hashOf(reading), hashes);
        return;
      }
      this.#evict(slot, hashes);
      this.#times[slot] = at;
    }
    if (at > this.#newest) this.#newest = at;
    for (const [metric, value] of reading.values) this.#set(slot, metric, value);
    if (reading.faults === null) return;
    for (const [metric, fault] of reading.faults) this.#set(slot, metric, markOf(fault.raw));
  }

  /** The log has the reading. */
  landed(reading: Reading, flight: Flight, hashes: number): void {
    const at = reading.measuredAt;
    this.#endFlight(at, flight);
    const waiting = this.#flights.has(at) ? undefined : this.#unlanded.get(at);
    if (waiting === undefined) return;
    this.#unlanded.delete(at);
    for (const hash of waiting) this.#push(hash, hashes);
  }

  /** The log refused the reading: as if it had never come. */
  lost(reading: Reading, flight: Flight): void {
    const at = reading.measuredAt;
    this.#endFlight(at, flight);
    const slot = this.#times.indexOf(at);
    if (slot < 0) {
      this.#unlanded.delete(at);
      return;
    }
    for (const metric of metricsOf(reading)) this.#set(slot, metric, Number.NaN);
    const row = this.#numbers.subarray(slot * this.#width, (slot + 1) * this.#width);
    if (!row.every(Number.isNaN)) return;
    this.#times[slot] = Number.NEGATIVE_INFINITY;
    this.#newest = Math.max(...this.#times);
  }

  #compare(reading: Reading, slot: number): Verdict {
    let known: Set<MetricName> | null = null;
    let conflict: MetricName | null = null;
    for (const metric of metricsOf(reading)) {
      const column = this.#columns.get(metric);
      const held = column === undefined ? Number.NaN : this.#numbers[slot * this.#width + column];
      if (held === undefined || Number.isNaN(held)) continue;
      known ??= new Set();
      known.add(metric);
      if (held !== numberOf(reading, metric)) conflict = metric;
    }
    if (known === null) return isNew;
    const flights = this.#flights.get(reading.measuredAt);
    if (flights !== undefined) return { kind: "wait", flights };
    if (conflict !== null) return { kind: "conflict", metric: conflict };
    const all = reading.values.size + (reading.faults?.size ?? 0);
    return known.size === all ? isDuplicate : { kind: "partly", metrics: known };
  }

  #oldest(): EpochMs {
    return this.#times[this.#oldestSlot()] ?? Number.NEGATIVE_INFINITY;
  }

  #oldestSlot(): number {
    let oldest = 0;
    for (let slot = 1; slot < SLOTS; slot += 1) {
      if ((this.#times[slot] ?? 0) < (this.#times[oldest] ?? 0)) oldest = slot;
    }
    return oldest;
  }

  #set(slot: number, metric: MetricName, value: number): void {
    let column = this.#columns.get(metric);
    if (column === undefined) {
      column = this.#columns.size;
      this.#columns.set(metric, column);
      if (column >= this.#width) this.#widen();
    }
    this.#numbers[slot * this.#width + column] = value;
  }

  #widen(): void {
    const width = Math.max(4, this.#width * 2);
    const numbers = new Float64Array(SLOTS * width).fill(Number.NaN);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const row = this.#numbers.subarray(slot * this.#width, (slot + 1) * this.#width);
      numbers.set(row, slot * width);
    }
    this.#numbers = numbers;
    this.#width = width;
  }

  /** Empties a slot; what was in it goes on as a hash. */
  #evict(slot: number, hashes: number): void {
    const at = this.#times[slot] ?? Number.NEGATIVE_INFINITY;
    if (at === Number.NEGATIVE_INFINITY) return;
    let sum = 0;
    for (const [metric, column] of this.#columns) {
      const held = this.#numbers[slot * this.#width + column] ?? Number.NaN;
      if (!Number.isNaN(held)) sum = (sum + mix(metric, held)) | 0;
    }
    this.#keepHash(at, combine(at, sum), hashes);
    this.#numbers.fill(Number.NaN, slot * this.#width, (slot + 1) * this.#width);
  }

  #keepHash(at: EpochMs, hash: number, hashes: number): void {
    const waiting = this.#unlanded.get(at);
    if (!this.#flights.has(at)) this.#push(hash, hashes);
    else if (waiting === undefined) this.#unlanded.set(at, [hash]);
    else waiting.push(hash);
  }

  /** Puts a hash into the ring, which grows by doubling up to its share and shrinks when the share does. */
  #push(hash: number, limit: number): void {
    const { length } = this.#hashes;
    if (length > limit) {
      this.#hashes = this.#hashes.slice(length - limit);
      this.#nextHash = 0;
    } else if (this.#nextHash === length && length < limit) {
      const grown = new Float64Array(Math.min(limit, Math.max(32, length * 2)));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    if (this.#nextHash >= this.#hashes.length) this.#nextHash = 0;
    this.#hashes[this.#nextHash] = hash;
    this.#nextHash += 1;
  }

  #endFlight(at: EpochMs, flight: Flight): void {
    const left = this.#flights.get(at)?.filter((other) => other !== flight) ?? [];
    if (left.length === 0) this.#flights.delete(at);
    else this.#flights.set(at, left);
  }
}

function* metricsOf(reading: Reading): Generator<MetricName> {
  yield* reading.values.keys();
  if (reading.faults !== null) yield* reading.faults.keys();
}

function numberOf(reading: Reading, metric: MetricName): number {
  return reading.values.get(metric) ?? markOf(reading.faults?.get(metric)?.raw ?? "");
}

/** Stands for the raw text of a bad value among numbers, which never exceed 1e12. */
function markOf(raw: string): number {
  return 1e20 + hash32(raw, 0x5bd1e995) * 1e6;
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** 32 bits of a metric and its value; summed over a reading, so that the order of metrics does not matter. */
function mix(metric: MetricName, value: number): number {
  // Minus zero and zero are the same value.
  bits[0] = value + 0;
  let h = hash32(metric, words[0] ?? 0);
  h = Math.imul(h ^ (words[1] ?? 0), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 53 bits of an instant and the sum over its values; never 0, which marks an empty place. */
function combine(at: EpochMs, sum: number): number {
  bits[0] = at;
  const low = Math.imul((words[0] ?? 0) ^ sum, 0x9e3779b1) ^ (words[1] ?? 0);
  const high =
    Math.imul((words[1] ?? 0) ^ Math.imul(sum, 0xc2b2ae35), 0x85ebca6b) ^ (words[0] ?? 0);
  return (high >>> 11) * 4294967296 + (low >>> 0) + 1;
}

function hashOf(reading: Reading): number {
  let sum = 0;
  for (const [metric, value] of reading.values) sum = (sum + mix(metric, value)) | 0;
  if (reading.faults !== null) {
    for (const [metric, fault] of reading.faults) sum = (sum + mix(metric, markOf(fault.raw))) | 0;
  }
  return combine(reading.measuredAt, sum);
}
