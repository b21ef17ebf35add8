import type { EpochMs } from "../../../../model/basics.ts";
import type { Frame } from "../../../../wire/engine-frames.ts";

/** By `<partition> <outbox>`: offset in the outbox, and when it was accepted there. */
export type SavedRepeats = Readonly<Record<string, readonly [number, EpochMs]>>;

/**
 * Recognises records that were carried from an ingestor's outbox to Kafka more than once, by the bus's own rule:
 * an outbox is carried in order, so in a partition what is not beyond its furthest record is a repeat, unless it
 * was accepted later (an outbox that was restored numbers again).
 */
export class RepeatFilter {
  #furthest = new Map<string, readonly [number, EpochMs]>();

  /** True for a record that was offered before; of the others it takes note. */
  isRepeat({ partition, origin }: Frame): boolean {
    if (origin === "") return false;
    const [outbox, offsetText, acceptedText] = origin.split(" ");
    const place = `${partition} ${outbox}`;
    const mark = [Number(offsetText), Number(acceptedText)] as const;
    const furthest = this.#furthest.get(place);
    if (furthest !== undefined && mark[0] <= furthest[0] && mark[1] <= furthest[1]) return true;
    this.#furthest.set(place, mark);
    return false;
  }

  /** Of what the subtasks saw, the furthest counts: all of them had been sent everything before it. */
  restore(saved: SavedRepeats): void {
    for (const [place, mark] of Object.entries(saved)) {
      const known = this.#furthest.get(place);
      const isFurther = known === undefined || mark[1] > known[1];
      if (isFurther || (mark[1] === known[1] && mark[0] > known[0]))
        this.#furthest.set(place, mark);
    }
  }

  save(): SavedRepeats {
    return Object.fromEntries(this.#furthest);
  }
}
