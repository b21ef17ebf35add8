import { IaiError } from "../../../kernel/errors.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { InfluxClient } from "./influx-client.ts";
import { integerOf, tagOf, textOfTag } from "./line-protocol.ts";
import { from, POSITION_POLICY, POSITIONS } from "./schema.ts";

/** Where a partition stands in the database, and which process put it there. */
interface Standing {
  readonly next: number;
  readonly writer: string;
}

/**
 * How far the log is stored, one point a partition, written over and over at the same time. A process that shares
 * the database finds out here that another one has written a partition meanwhile.
 */
export class LogPosition {
  readonly #client: Pick<InfluxClient, "query" | "write">;
  readonly #writer: string;
  /** What the last answer said had been taken care of; may be stored. */
  #settled: BusPosition = {};
  /** After the last write; the caller has still to put aside what was refused. */
  #pending: { readonly next: BusPosition; readonly hasRefusals: boolean } | null = null;
  /** As we left it, or found it when we looked for others. */
  #standings = new Map<string, Standing>();
  #lastRead: ReadonlyMap<string, Standing> | null = null;

  constructor(client: Pick<InfluxClient, "query" | "write">, writer: string) {
    this.#client = client;
    this.#writer = writer;
  }

  /** The caller writes again: whatever the last answer said has been taken care of. */
  settle(): void {
    if (this.#pending !== null) this.#settled = { ...this.#settled, ...this.#pending.next };
    this.#pending = null;
  }

  /** Everything before `next` is stored or was answered as refused. */
  advance(next: BusPosition, hasRefusals: boolean): void {
    this.#pending = { next, hasRefusals };
  }

  /** The caller will not write again; what it was told to put aside may not have been. */
  finish(): void {
    if (this.#pending?.hasRefusals === false) this.settle();
  }

  /** Makes what is settled durable. Everything before it must be, minutes too. */
  async store(): Promise<void> {
    const changed = Object.entries(this.#settled).filter(
      ([partition, next]) => this.#standings.get(partition)?.next !== next,
    );
    if (changed.length === 0) return;
    const lines = changed.map(
      ([partition, next]) =>
        `${POSITIONS},partition=${tagOf(partition)} next=${integerOf(next)},writer="${this.#writer}" 0`,
    );
    const refusal = await this.#client.write(POSITION_POLICY, lines);
    if (refusal !== null) {
      throw new Error(`Cannot store the position: InfluxDB refuses it (${refusal.reason})`);
    }
    for (const [partition, next] of changed)
      this.#standings.set(partition, { next, writer: this.#writer });
  }

  /** True when another process has written one of these partitions since we last looked. */
  async isForeign(partitions: Iterable<string>): Promise<boolean> {
    const before = this.#standings;
    this.#standings = await this.#read();
    return [...partitions].some((partition) => {
      const [then, now] = [before.get(partition), this.#standings.get(partition)];
      return (
        now?.writer !== this.#writer && (then?.writer !== now?.writer || then?.next !== now?.next)
      );
    });
  }

  /** null: nothing was ever stored. While the server is away, what it said last still holds. */
  async durable(): Promise<BusPosition | null> {
    const standings = await this.#read().catch((failure: unknown) => {
      if (this.#lastRead === null || !(failure instanceof IaiError)) throw failure;
      return this.#lastRead;
    });
    this.#lastRead = standings;
    if (standings.size === 0) return null;
    return Object.fromEntries([...standings].map(([partition, { next }]) => [partition, next]));
  }

  async #read(): Promise<Map<string, Standing>> {
    const text = `SELECT "next", "writer" FROM ${from(POSITION_POLICY, POSITIONS)} GROUP BY "partition"`;
    const [series = []] = await this.#client.query(text);
    return new Map(
      series.map(({ tags, columns, values }) => {
        const value = (name: string): unknown => values[0]?.[columns.indexOf(name)];
        const standing = { next: Number(value("next")), writer: String(value("writer")) };
        return [textOfTag(tags?.["partition"] ?? ""), standing] as const;
      }),
    );
  }
}
