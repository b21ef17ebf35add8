import type { EpochMs } from "../../../model/basics.ts";
import type { Origin } from "./codec.ts";

interface Mark {
  readonly offset: number;
  readonly appendedAt: EpochMs;
}

/**
 * Recognises what was carried from an outbox to Kafka more than once. An outbox is carried in order, one request
 * after the other, so within a partition whatever is not beyond the furthest record of its outbox is a repeat.
 * Only if it is not newer either: an outbox that was restored from a backup numbers again from there, and its new
 * records must never be taken for old ones.
 */
export class RepeatFilter {
  readonly #furthest = new Map<string, Mark>();
  #seen = 0;

  /** Repeats that were recognised. */
  get seen(): number {
    return this.#seen;
  }

  isRepeat(partition: string, { outbox, offset, appendedAt }: Origin): boolean {
    const place = `${partition} ${outbox}`;
    const furthest = this.#furthest.get(place);
    if (furthest !== undefined && offset <= furthest.offset && appendedAt <= furthest.appendedAt) {
      this.#seen += 1;
      return true;
    }
    this.#furthest.set(place, { offset, appendedAt });
    return false;
  }

  /** After a jump back to an earlier position everything counts as new again. */
  forget(partition: string): void {
    for (const place of this.#furthest.keys())
      if (place.startsWith(`${partition} `)) this.#furthest.delete(place);
  }
}
