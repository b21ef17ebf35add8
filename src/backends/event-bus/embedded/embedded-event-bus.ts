import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../kernel/clock.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { Ms } from "../../../model/basics.ts";
import type {
  BusBatch,
  BusHealth,
  BusPosition,
  BusRecord,
  EventBus,
  PublishResult,
  SubscribeOptions,
} from "../../../ports/event-bus.ts";
import type { EmbeddedEventBusConfig } from "./config.ts";
import { ConsumerPositions } from "./consumer-positions.ts";
import { DiskGuard, type DiskSpace, diskSpaceOf, storageLow } from "./disk-guard.ts";
import { PARTITION } from "./frames.ts";
import { type Commit, GroupCommit } from "./group-commit.ts";
import { follow, LogEnd, LogFile } from "./log-follower.ts";
import type { LogReaderToken } from "./log-reader.ts";
import { type LogThread, startLogThread } from "./log-thread.ts";
import { ReaderPorts } from "./reader-ports.ts";

export interface EmbeddedEventBusDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: EmbeddedEventBusConfig;
  /** Told once when the disk failed: the process must stop and start again. */
  readonly onFatal?: (failure: IaiError) => void;
  /** Replaced by tests that fill a disk. */
  readonly diskSpace?: (path: string) => Promise<DiskSpace>;
}

/** The log of a single machine: one SQLite file, one total order, partition "0", offsets from 1. */
export interface EmbeddedEventBus extends EventBus {
  /** For `openLogReader` in another thread of this process, which is told news at most every `paceMs`. */
  readerPort(paceMs: Ms): LogReaderToken;
  /** Offset that the next record will get. */
  readonly end: () => number;
  /** The newest records, at most `count`, up to the present end. */
  recent(count: number): AsyncIterable<BusBatch>;
  /** Records that a group has not confirmed yet; null: it never confirmed any. */
  lag(group: string): number | null;
}

/** Time between two looks at the free space. */
const DISK_CHECK_MS = 1_000;
/** Appended bytes after which the free space is looked at sooner. */
const DISK_CHECK_BYTES = 16 * 1024 * 1024;
/** Time between two rounds of storing positions and deleting old records. */
const UPKEEP_MS = 10_000;

/** Opens or creates `log.db`; a log of any length opens without being read. */
export async function openEmbeddedEventBus(deps: EmbeddedEventBusDeps): Promise<EmbeddedEventBus> {
  await mkdir(deps.dataDir, { recursive: true });
  const path = join(deps.dataDir, "log.db");
  const guard = new DiskGuard({
    dataDir: deps.dataDir,
    reservePath: join(deps.dataDir, "log.reserve"),
    reserveBytes: deps.config.reserveBytes,
    floorBytes: deps.config.diskFloorBytes,
    floorShare: deps.config.diskFloorShare,
    space: deps.diskSpace ?? diskSpaceOf,
    log: deps.log,
  });
  const thread = await startLogThread(path);
  await guard.check();
  return new OpenEventBus(deps, { path, guard, thread, file: new LogFile(path) });
}

interface Parts {
  readonly path: string;
  readonly guard: DiskGuard;
  readonly thread: LogThread;
  readonly file: LogFile;
}

class OpenEventBus implements EmbeddedEventBus {
  readonly capabilities = { totalOrder: true, replay: true };
  readonly #deps: EmbeddedEventBusDeps;
  readonly #parts: Parts;
  readonly #commits: GroupCommit;
  readonly #positions: ConsumerPositions;
  readonly #end: LogEnd;
  readonly #readers: ReaderPorts;
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[];
  #failure: IaiError | null = null;
  #bytes: number;
  #oldestAt: number | null;
  #newestAt: number;
  #uncheckedBytes = 0;
  #lastAppendMs: number | null = null;
  #subscriptions = 0;

  constructor(deps: EmbeddedEventBusDeps, parts: Parts) {
    const { state, groups } = parts.thread.opened;
    this.#deps = deps;
    this.#parts = parts;
    this.#end = new LogEnd(state.end);
    this.#bytes = state.bytes;
    this.#oldestAt = state.oldestAt;
    this.#newestAt = state.newestAt;
    this.#positions = new ConsumerPositions(groups);
    this.#readers = new ReaderPorts(parts.path, this.#positions, deps.clock);
    this.#commits = new GroupCommit({
      clock: deps.clock,
      collectMs: deps.config.collectMs,
      pendingBytes: deps.config.pendingBytes,
      write: (commit) => this.#append(commit),
    });
    this.#loops = [
      this.#every(DISK_CHECK_MS, () => this.#checkDisk()),
      this.#every(UPKEEP_MS, () => this.#upkeep()),
    ];
  }

  readonly end = (): number => this.#end.value;

  async publish(records: readonly BusRecord[]): Promise<PublishResult> {
    const refusal = this.#refusal();
    if (refusal !== null) throw refusal;
    if (records.length === 0) return { accepted: 0, rejected: [], firstOffset: null };
    return await this.#commits.add(records);
  }

  async *subscribe(options: SubscribeOptions): AsyncIterable<BusBatch> {
    this.#subscriptions += 1;
    const subscription = this.#subscriptions;
    const position = options.from?.[PARTITION] ?? 1;
    this.#positions.begin(this, subscription, { group: options.group, position });
    try {
      yield* follow(this.#parts.file, this.#end, options);
    } finally {
      this.#positions.end(this, subscription);
    }
  }

  async *recent(count: number): AsyncIterable<BusBatch> {
    const end = this.#end.value;
    const from = { [PARTITION]: Math.max(1, end - count) };
    if (end === 1) return;
    const { signal } = this.#closing;
    const topics = ["raw_sensor_data", "control", "alerts"] as const;
    for await (const batch of this.subscribe({ topics, group: "recent", from, signal })) {
      yield batch;
      if ((batch.next[PARTITION] ?? end) >= end) return;
    }
  }

  confirm(group: string, position: BusPosition): Promise<void> {
    this.#positions.confirm(group, position[PARTITION] ?? 1);
    return Promise.resolve();
  }

  lag(group: string): number | null {
    const position = this.#positions.get(group);
    return position === null ? null : Math.max(0, this.#end.value - position);
  }

  readerPort(paceMs: Ms): LogReaderToken {
    return this.#readers.open(this.#end.value, paceMs);
  }

  health(): Promise<BusHealth> {
    const refusal = this.#refusal();
    return Promise.resolve({
      end: { [PARTITION]: this.#end.value },
      oldestAt: this.#oldestAt,
      bytes: this.#bytes,
      refusing:
        refusal === null ? null : { code: refusal.code as "LOG_FULL", detail: refusal.message },
      lastAppendMs: this.#lastAppendMs,
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await Promise.all(this.#loops);
    await this.#commits.drained();
    await this.#upkeep();
    this.#end.close();
    this.#readers.close();
    await this.#parts.thread.close();
    this.#parts.file.close();
  }

  #refusal(): IaiError | null {
    if (this.#failure !== null) return this.#failure;
    const nothing = "nothing of this request was accepted";
    if (this.#closing.signal.aborted) {
      return new IaiError("SHUTTING_DOWN", `Cannot append: the log is being closed; ${nothing}`);
    }
    if (this.#parts.guard.low !== null) return storageLow(this.#parts.guard.low);
    if (this.#bytes < this.#deps.config.maxBytes) return null;
    const size = `it holds ${this.#bytes} of at most ${this.#deps.config.maxBytes} bytes`;
    const message = `Cannot append to the log: ${size}; ${nothing}`;
    return new IaiError("LOG_FULL", message, { data: { retryAfterMs: 30_000 } });
  }

  async #append({
    body,
    bytes,
    count,
  }: Commit): Promise<{ firstOffset: number; body: ArrayBuffer }> {
    if (this.#failure !== null) throw this.#failure;
    const { clock } = this.#deps;
    const startedAt = clock.monotonic();
    const firstOffset = this.#end.value;
    // Receive time never goes back inside the log, whatever the wall clock does.
    const appendedAt = Math.max(this.#newestAt, Math.floor(clock.now()));
    try {
      const request = { ask: "append", firstOffset, count, appendedAt, body, bytes } as const;
      const answer = await this.#parts.thread.append(request);
      this.#lastAppendMs = clock.monotonic() - startedAt;
      this.#grown(firstOffset + count, appendedAt, bytes);
      return { firstOffset, body: answer.body };
    } catch (failure) {
      throw await this.#failed(failure);
    }
  }

  #grown(end: number, appendedAt: number, bytes: number): void {
    this.#newestAt = appendedAt;
    this.#oldestAt ??= appendedAt;
    this.#bytes += bytes;
    this.#uncheckedBytes += bytes;
    this.#end.moveTo(end);
    this.#readers.announce(end);
    if (this.#uncheckedBytes > DISK_CHECK_BYTES) void this.#checkDisk();
  }

  /** A full disk heals; anything else ends the log for good, because a repeated fsync proves nothing. */
  async #failed(failure: unknown): Promise<IaiError> {
    const error = asIaiError(failure, "append to the log");
    if (error.code === "STORAGE_LOW") {
      await this.#parts.guard.full("the disk is full");
      return storageLow("the disk is full");
    }
    if (this.#failure === null) {
      this.#failure = error;
      this.#deps.log.error("log.failed", { code: error.code, detail: error.message });
      this.#deps.onFatal?.(error);
    }
    return error;
  }

  async #checkDisk(): Promise<void> {
    this.#uncheckedBytes = 0;
    try {
      await this.#parts.guard.check();
    } catch (failure) {
      this.#deps.log.warn("log.disk.unchecked", { error: String(failure) });
    }
  }

  /** Stores positions and deletes old records, a little at a time, as long as nobody waits for an append. */
  async #upkeep(): Promise<void> {
    const { clock, config, log } = this.#deps;
    for (let more = true; more && this.#failure === null; ) {
      const groups = this.#positions.takeChanged();
      const keepFrom = this.#positions.keepFrom();
      const olderThan = clock.now() - config.retentionMs;
      try {
        const task = { groups, keepFrom, olderThan, retainBytes: config.retainBytes };
        const kept = await this.#parts.thread.upkeep({ ask: "upkeep", task });
        this.#bytes = kept.state.bytes;
        this.#oldestAt = kept.state.oldestAt;
        more = kept.more && this.#commits.idle && !this.#closing.signal.aborted;
      } catch (failure) {
        const error = await this.#failed(failure);
        log.warn("log.upkeep.postponed", { code: error.code });
        return;
      }
    }
  }

  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#deps.clock.sleep(ms, signal);
      if (!signal.aborted) await work();
    }
  }
}
