import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { BusRecord, PublishResult } from "../../../ports/event-bus.ts";
import { frameBytesMax, writeFrame } from "./frames.ts";

/** Records of several requests that become durable together. */
interface Group {
  body: Buffer;
  bytes: number;
  count: number;
  startedAt: number;
  readonly waiting: {
    readonly from: number;
    readonly count: number;
    readonly resolve: (result: PublishResult) => void;
    readonly reject: (failure: unknown) => void;
  }[];
}

export interface Commit {
  readonly body: ArrayBuffer;
  readonly bytes: number;
  readonly count: number;
}

export interface GroupCommitDeps {
  readonly clock: Clock;
  readonly collectMs: number;
  readonly pendingBytes: number;
  /** Makes a commit durable; gives its first offset and the body back for reuse. */
  readonly write: (commit: Commit) => Promise<{ firstOffset: number; body: ArrayBuffer }>;
}

/** A group that has grown to this size is written without waiting for more. */
const GROUP_BYTES = 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Above 200 requests a second the mean gap between them is below this. */
const BUSY_GAP_MS = 5;

/**
 * Adaptive group commit: alone, a request is written at once; while a commit is under way, or under load for
 * `collectMs`, requests are collected and share the next fsync. Their order is the order of the calls.
 */
export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  #groups: Group[] = [];
  #spare: Buffer[] = [];
  #pendingBytes = 0;
  #writing = false;
  #collecting = false;
  #lastAt = Number.NEGATIVE_INFINITY;
  #meanGapMs = 1_000;
  #idle: (() => void)[] = [];

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
  }

  /** True: nothing waits and nothing is being written. */
  get idle(): boolean {
    return !this.#writing && this.#groups.length === 0;
  }

  /** Resolves when the records are durable; throws QUEUE_FULL without having taken them. */
  add(records: readonly BusRecord[]): Promise<PublishResult> {
    let bytes = 0;
    for (const record of records) bytes += frameBytesMax(record);
    if (this.#pendingBytes + bytes > this.#deps.pendingBytes) {
      const waiting = `${this.#pendingBytes} bytes already wait for the disk`;
      throw new IaiError(
        "QUEUE_FULL",
        `Cannot append ${records.length} records: ${waiting}; nothing was accepted`,
      );
    }
    const now = this.#deps.clock.monotonic();
    this.#meanGapMs = 0.9 * this.#meanGapMs + 0.1 * Math.min(now - this.#lastAt, 1_000);
    this.#lastAt = now;
    const group = this.#groupFor(bytes, now);
    const from = group.count;
    const before = group.bytes;
    for (const record of records) group.bytes = writeFrame(group.body, group.bytes, record);
    group.count += records.length;
    this.#pendingBytes += group.bytes - before;
    const result = new Promise<PublishResult>((resolve, reject) => {
      group.waiting.push({ from, count: records.length, resolve, reject });
    });
    this.#schedule();
    return result;
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** The group that takes `bytes` more, with a body that is large enough. */
  #groupFor(bytes: number, now: number): Group {
    let group = this.#groups.at(-1);
    if (group === undefined || group.bytes >= GROUP_BYTES) {
      const body = this.#spare.pop() ?? Buffer.from(new ArrayBuffer(FIRST_BYTES));
      group = { body, bytes: 0, count: 0, startedAt: now, waiting: [] };
      this.#groups.push(group);
    }
    if (group.bytes + bytes > group.body.length) {
      const grown = Buffer.from(
        new ArrayBuffer(Math.max(group.body.length * 2, group.bytes + bytes)),
      );
      group.body.copy(grown, 0, 0, group.bytes);
      group.body = grown;
    }
    return group;
  }

  #schedule(): void {
    const group = this.#groups[0];
    if (group === undefined || this.#writing || this.#collecting) return;
    const busy = this.#meanGapMs < BUSY_GAP_MS && group.bytes < GROUP_BYTES;
    const waitMs = group.startedAt + this.#deps.collectMs - this.#deps.clock.monotonic();
    if (!busy || waitMs <= 0) {
      void this.#write(group);
      return;
    }
    this.#collecting = true;
    void this.#deps.clock.sleep(waitMs).then(() => {
      this.#collecting = false;
      if (!this.#writing) void this.#write(group);
    });
  }

  async #write(group: Group): Promise<void> {
    this.#groups.shift();
    this.#writing = true;
    const { bytes, count } = group;
    const body = group.body.buffer as ArrayBuffer;
    try {
      const written = await this.#deps.write({ body, bytes, count });
      if (this.#spare.length < 4 && written.body.byteLength <= 2 * GROUP_BYTES) {
        this.#spare.push(Buffer.from(written.body));
      }
      this.#finished(bytes);
      for (const one of group.waiting) {
        const firstOffset = written.firstOffset + one.from;
        one.resolve({ accepted: one.count, rejected: [], firstOffset });
      }
    } catch (failure) {
      this.#finished(bytes);
      for (const one of group.waiting) one.reject(failure);
    }
  }

  #finished(bytes: number): void {
    this.#writing = false;
    this.#pendingBytes -= bytes;
    this.#schedule();
    if (this.idle) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
