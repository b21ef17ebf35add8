import {
  type DeviceId,
  type EpochMs,
  type MetricName,
  MINUTE,
  type Ms,
} from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { LoggedReading } from "../../../ports/telemetry-store.ts";
import { ChunkTable, metricsOf, type PutOutcome } from "./chunk-table.ts";
import type { EmbeddedTelemetryConfig } from "./config.ts";

/** A chunk holds the readings of one device within ten minutes of its clock. */
export const CHUNK_MS: Ms = 10 * MINUTE;
/** Chunks a device may have open: the present one and some of a backlog. */
const OPEN_PER_DEVICE = 4;

/** A chunk that still grows; its records are needed from the log until it is sealed. */
export interface OpenChunk {
  readonly device: HotDevice;
  readonly startAt: EpochMs;
  readonly partition: string;
  readonly table: ChunkTable;
  /** Began when its time was over already: it is part of a backlog. */
  readonly late: boolean;
  /** Lowest offset it needs; null: it holds nothing yet. */
  firstOffset: number | null;
  lastWriteAt: Ms;
  /** Parts of the same start that are sealed; null: not read yet. */
  sealedParts: readonly ChunkTable[] | null;
}

export interface HotDevice {
  readonly deviceId: DeviceId;
  newestAt: EpochMs;
  /** No sealed chunk holds anything later. */
  newestSealedAt: EpochMs;
  readonly open: OpenChunk[];
}

interface Partition {
  /** Offset after the last record offered. */
  next: number;
  /** Everything before it was offered and its outcome taken note of by the writer. */
  settled: number;
  /** Chunks that hold something, in the order of their first offsets. */
  readonly open: Set<OpenChunk>;
}

/** What is found in the files at the start. */
export interface StoredProgress {
  readonly positions: ReadonlyMap<string, number>;
  readonly newestSealed: ReadonlyMap<DeviceId, EpochMs>;
  /** By `partition/device`: every record of the device before this offset is sealed. */
  readonly sealedTo: ReadonlyMap<string, number>;
}

interface HotTailDeps {
  readonly config: EmbeddedTelemetryConfig;
  readonly stored: StoredProgress;
  /** Sealed parts of one start, decoded. */
  readonly readParts: (deviceId: DeviceId, startAt: EpochMs) => readonly ChunkTable[];
}

/** Everything that is not sealed yet, and who has sent it. Lives in memory; the log can always re-create it. */
export class HotTail {
  /** Numbers held by open chunks. */
  cells = 0;
  readonly #deps: HotTailDeps;
  readonly #devices = new Map<DeviceId, HotDevice>();
  readonly #partitions = new Map<string, Partition>();
  readonly #due = new Set<OpenChunk>();
  /** Records before it may have been sealed by an earlier run. */
  readonly #replayEnd: number;

  constructor(deps: HotTailDeps) {
    this.#deps = deps;
    const { positions, newestSealed, sealedTo } = deps.stored;
    for (const [name, next] of positions) {
      this.#partitions.set(name, { next, settled: next, open: new Set() });
    }
    for (const [deviceId, newestAt] of newestSealed) {
      this.#devices.set(deviceId, { deviceId, newestAt, newestSealedAt: newestAt, open: [] });
    }
    this.#replayEnd = Math.max(0, ...sealedTo.values());
  }

  /** Called when the writer comes again: whatever the last answer said has been taken care of. */
  settle(): void {
    for (const partition of this.#partitions.values()) partition.settled = partition.next;
  }

  advance(next: BusPosition): void {
    for (const [name, offset] of Object.entries(next)) this.#partition(name).next = offset;
  }

  /** "moved": the device changed its partition; its open chunks must be sealed before it is offered again. */
  put(logged: LoggedReading, now: Ms): PutOutcome | "moved" {
    const { reading, partition, offset } = logged;
    const at = reading.measuredAt;
    if (offset < this.#replayEnd) {
      const sealedTo = this.#deps.stored.sealedTo.get(`${partition}/${reading.deviceId}`) ?? 0;
      if (offset < sealedTo) return "duplicate";
    }
    const device = this.#device(reading.deviceId);
    const chunk = this.#chunk(device, at, partition, now);
    if (chunk.partition !== partition) return "moved";
    const known = at > device.newestSealedAt ? null : this.#sealedMetrics(chunk, reading);
    if (known === "duplicate" || known === "conflict") return known;
    const before = chunk.table.cells;
    const outcome = chunk.table.put(reading, known);
    this.cells += chunk.table.cells - before;
    if (outcome !== "stored") return outcome;
    chunk.lastWriteAt = now;
    if (chunk.firstOffset === null) {
      chunk.firstOffset = offset;
      this.#partition(partition).open.add(chunk);
    }
    if (at > device.newestAt) device.newestAt = at;
    this.#noticeDue(device, chunk);
    return outcome;
  }

  findDevice(deviceId: DeviceId): HotDevice | null {
    return this.#devices.get(deviceId) ?? null;
  }

  /** Open chunks of a device that hold something and begin in [from, to], by time. */
  openChunks(deviceId: DeviceId, from: EpochMs, to: EpochMs): readonly OpenChunk[] {
    const open = this.#devices.get(deviceId)?.open ?? [];
    return open
      .filter((chunk) => chunk.table.count > 0 && chunk.startAt >= from && chunk.startAt <= to)
      .sort((a, b) => a.startAt - b.startAt);
  }

  /** Chunks that should be sealed now, at most `limit` of them. */
  due(limit: number): readonly OpenChunk[] {
    for (const partition of this.#partitions.values()) {
      const oldestOffset = partition.next - this.#deps.config.maxReplayRecords;
      for (const chunk of partition.open) {
        if ((chunk.firstOffset ?? 0) >= oldestOffset) break;
        this.#due.add(chunk);
      }
    }
    return [...Iterator.from(this.#due).take(limit)];
  }

  /** The chunks that have waited longest for their sealing. */
  oldest(limit: number): readonly OpenChunk[] {
    const fullest = [...this.#partitions.values()].sort((a, b) => b.open.size - a.open.size)[0];
    return [...Iterator.from(fullest?.open ?? []).take(limit)];
  }

  /** Chunks whose device has gone quiet: nothing came since `before` and the time of the chunk is over. */
  quiet(before: Ms, now: EpochMs): readonly OpenChunk[] {
    const isOver = (chunk: OpenChunk): boolean => chunk.late || chunk.startAt + CHUNK_MS <= now;
    return this.all().filter((chunk) => chunk.lastWriteAt <= before && isOver(chunk));
  }

  olderThan(before: EpochMs): readonly OpenChunk[] {
    return this.all().filter((chunk) => chunk.startAt + CHUNK_MS <= before);
  }

  all(): readonly OpenChunk[] {
    return [...this.#devices.values()].flatMap((device) => device.open);
  }

  /** What to note in the file with which `sealing` becomes durable: the first offset of what stays open. */
  progressWithout(sealing: ReadonlySet<OpenChunk>): ReadonlyMap<string, number> {
    const progress = new Map<string, number>();
    for (const [name, partition] of this.#partitions) {
      const next = lowestOffset(partition.open, sealing, partition.settled);
      // 0: the very first write is not answered yet; the log is then read from its beginning.
      if (next > 0) progress.set(name, next);
    }
    return progress;
  }

  /** The same for one device. */
  sealedToWithout(device: HotDevice, partition: string, sealing: ReadonlySet<OpenChunk>): number {
    return lowestOffset(device.open, sealing, this.#partition(partition).settled);
  }

  /** Forgets chunks that are durable, or empty. */
  drop(chunks: Iterable<OpenChunk>): void {
    for (const chunk of chunks) {
      const { device, table } = chunk;
      device.open.splice(device.open.indexOf(chunk), 1);
      device.newestSealedAt = Math.max(device.newestSealedAt, table.lastAt);
      this.#partition(chunk.partition).open.delete(chunk);
      this.#due.delete(chunk);
      this.cells -= table.cells + cellsOf(chunk.sealedParts);
    }
  }

  /** Where the log must be read from; null: nothing was ever offered. */
  position(): BusPosition | null {
    if (this.#partitions.size === 0) return null;
    const position: Record<string, number> = {};
    for (const [name, partition] of this.#partitions) {
      position[name] = lowestOffset(partition.open, new Set(), partition.next);
    }
    return position;
  }

  #chunk(device: HotDevice, at: EpochMs, partition: string, now: Ms): OpenChunk {
    for (const chunk of device.open) {
      if (at >= chunk.startAt && at < chunk.startAt + CHUNK_MS) return chunk;
    }
    const startAt = Math.floor(at / CHUNK_MS) * CHUNK_MS;
    const late = startAt + CHUNK_MS + this.#deps.config.sealGraceMs <= device.newestAt;
    const table = new ChunkTable();
    const chunk: OpenChunk = {
      device,
      startAt,
      partition,
      table,
      late,
      firstOffset: null,
      lastWriteAt: now,
      sealedParts: null,
    };
    device.open.push(chunk);
    this.cells += table.cells;
    return chunk;
  }

  /** Metrics of the reading that a sealed part holds already with the same value. */
  #sealedMetrics(
    chunk: OpenChunk,
    reading: Reading,
  ): ReadonlySet<MetricName> | null | "duplicate" | "conflict" {
    if (chunk.sealedParts === null) {
      chunk.sealedParts = this.#deps.readParts(reading.deviceId, chunk.startAt);
      this.cells += cellsOf(chunk.sealedParts);
    }
    let known: Set<MetricName> | null = null;
    for (const part of chunk.sealedParts) {
      const row = part.find(reading.measuredAt);
      if (row < 0) continue;
      const { conflict, same } = part.compare(row, reading);
      if (conflict) return "conflict";
      known = known === null ? same : known.union(same);
    }
    if (known === null) return null;
    return metricsOf(reading).every((metric) => known.has(metric)) ? "duplicate" : known;
  }

  /** A chunk is due when its device is well past it, when it is full, or when its device has too many. */
  #noticeDue(device: HotDevice, written: OpenChunk): void {
    const { maxChunkRows, sealGraceMs } = this.#deps.config;
    if (written.table.count >= maxChunkRows) this.#due.add(written);
    if (device.open.length === 1) return;
    for (const chunk of device.open) {
      const past = chunk.startAt + CHUNK_MS + sealGraceMs <= device.newestAt;
      if (past && !chunk.late) this.#due.add(chunk);
    }
    if (device.open.length <= OPEN_PER_DEVICE) return;
    const longest = device.open.reduce((a, b) => (b.lastWriteAt < a.lastWriteAt ? b : a));
    this.#due.add(longest);
  }

  #device(deviceId: DeviceId): HotDevice {
    let device = this.#devices.get(deviceId);
    if (device === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      device = { deviceId, newestAt: never, newestSealedAt: never, open: [] };
      this.#devices.set(deviceId, device);
    }
    return device;
  }

  #partition(name: string): Partition {
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = { next: 0, settled: 0, open: new Set() };
      this.#partitions.set(name, partition);
    }
    return partition;
  }
}

function lowestOffset(
  chunks: Iterable<OpenChunk>,
  except: ReadonlySet<OpenChunk>,
  otherwise: number,
): number {
  let lowest = otherwise;
  for (const chunk of chunks) {
    if (!except.has(chunk) && chunk.firstOffset !== null)
      lowest = Math.min(lowest, chunk.firstOffset);
  }
  return lowest;
}

function cellsOf(tables: readonly ChunkTable[] | null): number {
  return tables?.reduce((sum, table) => sum + table.cells, 0) ?? 0;
}
