import type { StreamEvent } from "../../../model/control.ts";

/** A control event that concerns every device, and where it stands in the log. */
interface Entry {
  readonly offset: number;
  readonly event: StreamEvent;
}

export interface Broadcast extends Entry {
  readonly type: string;
}

/**
 * Rules and settings over the log's length, for devices that appear later: each begins with what was in force at
 * its first event, the second time the log is read as well as the first.
 */
export class Broadcasts {
  /** Per type, in order of the log; entries that no resumed reading can meet are forgotten. */
  readonly #history = new Map<string, Entry[]>();
  #saved = "";

  restore(rows: readonly Broadcast[]): void {
    for (const { type, ...entry } of rows) this.#history.set(type, [entry]);
  }

  add(type: string, entry: Entry): void {
    const entries = this.#history.get(type) ?? [];
    if ((entries.at(-1)?.offset ?? 0) >= entry.offset) return;
    entries.push(entry);
    this.#history.set(type, entries);
  }

  /** The newest event of each type before `offset`. */
  inForce(offset: number): readonly StreamEvent[] {
    return this.#rows(offset).map(({ event }) => event);
  }

  /** What a reading of the log from `resumeAt` on must begin with; null: the same as was asked for last. */
  before(resumeAt: number): readonly Broadcast[] | null {
    const rows = this.#rows(resumeAt);
    for (const { type, offset } of rows) {
      const entries = this.#history.get(type) ?? [];
      this.#history.set(
        type,
        entries.filter((entry) => entry.offset >= offset),
      );
    }
    const mark = rows.map(({ type, offset }) => `${type}@${offset}`).join();
    if (mark === this.#saved) return null;
    this.#saved = mark;
    return rows;
  }

  #rows(offset: number): readonly Broadcast[] {
    const rows = [...this.#history].flatMap(([type, entries]) => {
      const entry = entries.findLast((candidate) => candidate.offset < offset);
      return entry === undefined ? [] : [{ type, ...entry }];
    });
    return rows.toSorted((a, b) => a.offset - b.offset);
  }
}
