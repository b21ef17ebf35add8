/** received = accepted + duplicates + rejected, at every moment between two requests. */
export interface IngestCounters {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Values that were kept as bad. */
  readonly degraded: number;
  /** Rejected readings, refused bodies and degraded values by code. */
  readonly byCode: Readonly<Record<string, number>>;
}

/** Counts what became of each reading; a body that cannot be read at all counts as one. */
export class IngestTally {
  #accepted = 0;
  #duplicates = 0;
  #rejected = 0;
  #degraded = 0;
  readonly #byCode = new Map<string, number>();

  accept(count: number): void {
    this.#accepted += count;
  }

  repeat(count: number): void {
    this.#duplicates += count;
  }

  reject(code: string, count: number): void {
    this.#rejected += count;
    this.#count(code, count);
  }

  degrade(code: string): void {
    this.#degraded += 1;
    this.#count(code, 1);
  }

  counters(): IngestCounters {
    return {
      received: this.#accepted + this.#duplicates + this.#rejected,
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      degraded: this.#degraded,
      byCode: Object.fromEntries(this.#byCode),
    };
  }

  #count(code: string, count: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + count);
  }
}
