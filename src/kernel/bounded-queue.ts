/**
 * A first-in first-out queue with a bound. Full means `offer` answers false: it never drops and never grows.
 * One consumer iterates it; `close` ends the iteration after the last item.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #items: T[] = [];
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length;
  }

  /** False: full or closed, the item was not taken. */
  offer(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#limit) return false;
    this.#items.push(item);
    this.#notify();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      const items = this.#items;
      this.#items = [];
      yield* items;
      if (this.#items.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
