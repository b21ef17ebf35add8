import type { ConfigVersion } from "../../../../model/basics.ts";
import type { Reading } from "../../../../model/reading.ts";
import type { Frame } from "../../../../wire/engine-frames.ts";
import type { TickRecord } from "../../../../wire/raw-record.ts";

/** A reading or a tick, and the record it came in. */
export interface RawLine {
  readonly frame: Frame;
  readonly record: { readonly reading: Reading } | { readonly tick: TickRecord };
}

/** Lines of one partition that wait for a configuration; beyond, the oldest is judged by what is known. */
const MAX_WAITING = 50_000;

/**
 * Lines that are stamped with a configuration which has not arrived, and all that came after them in their
 * partition: the order of a partition is never changed.
 */
export class WaitingLines {
  readonly #lines = new Map<number, RawLine[]>();

  /** True while anything of the partition waits: what comes now stands behind it. */
  has(partition: number): boolean {
    return (this.#lines.get(partition)?.length ?? 0) > 0;
  }

  /** Answers the line that cannot wait any longer; null: there is room. */
  push(line: RawLine): RawLine | null {
    const { partition } = line.frame;
    const lines = this.#lines.get(partition) ?? [];
    this.#lines.set(partition, lines);
    lines.push(line);
    return lines.length > MAX_WAITING ? (lines.shift() ?? null) : null;
  }

  /** Hands over, partition by partition and in order, what waits for nothing newer than `known`. */
  release(known: ConfigVersion, take: (line: RawLine) => void): void {
    for (const [partition, lines] of this.#lines) {
      const first = lines.findIndex((line) => stampOf(line) > known);
      const ready = first < 0 ? lines : lines.slice(0, first);
      this.#lines.set(partition, first < 0 ? [] : lines.slice(first));
      for (const line of ready) take(line);
    }
  }

  count(): number {
    return this.#lines.values().reduce((sum, lines) => sum + lines.length, 0);
  }

  frames(): readonly Frame[] {
    return [...this.#lines.values()].flat().map(({ frame }) => frame);
  }
}

/** Configuration that must have arrived before the line may be judged. */
export function stampOf({ record }: RawLine): ConfigVersion {
  return "tick" in record ? record.tick.configVersion : record.reading.configVersion;
}
