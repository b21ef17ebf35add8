interface Subscription {
  readonly group: string;
  readonly position: number;
}

/**
 * What may not be deleted yet. A group counts from its first `confirm` on, for ever; before that its running
 * subscriptions hold everything from where they began.
 */
export class ConsumerPositions {
  readonly #confirmed: Map<string, number>;
  readonly #changed = new Set<string>();
  readonly #running = new Map<object, Map<number, Subscription>>();

  constructor(stored: readonly (readonly [group: string, position: number])[]) {
    this.#confirmed = new Map(stored);
  }

  confirm(group: string, position: number): void {
    if (position <= (this.#confirmed.get(group) ?? 0)) return;
    this.#confirmed.set(group, position);
    this.#changed.add(group);
  }

  begin(reader: object, subscription: number, from: Subscription): void {
    const running = this.#running.get(reader) ?? new Map<number, Subscription>();
    running.set(subscription, from);
    this.#running.set(reader, running);
  }

  end(reader: object, subscription: number): void {
    this.#running.get(reader)?.delete(subscription);
  }

  forget(reader: object): void {
    this.#running.delete(reader);
  }

  /** Everything before it is safe in every consumer's own store; nothing is before anybody confirmed. */
  keepFrom(): number {
    let keep = Number.POSITIVE_INFINITY;
    for (const position of this.#confirmed.values()) keep = Math.min(keep, position);
    for (const running of this.#running.values()) {
      for (const { group, position } of running.values()) {
        if (!this.#confirmed.has(group)) keep = Math.min(keep, position);
      }
    }
    return Number.isFinite(keep) ? keep : 0;
  }

  get(group: string): number | null {
    return this.#confirmed.get(group) ?? null;
  }

  /** Positions that changed since the last call. */
  takeChanged(): (readonly [string, number])[] {
    const changed = [...this.#changed].map(
      (group) => [group, this.#confirmed.get(group) ?? 0] as const,
    );
    this.#changed.clear();
    return changed;
  }
}
