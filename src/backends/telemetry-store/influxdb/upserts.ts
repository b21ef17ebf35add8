import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { InfluxClient } from "./influx-client.ts";
import { type LineOutcome, writeLines } from "./point-writer.ts";
import { AGGREGATE_POLICY } from "./schema.ts";

/**
 * Points that are written over when they change: minutes and episodes. A request that got no answer may still lie
 * in a buffer and be carried out after a newer one for the same point. Such points are doubtful: they are written
 * once more, as they are by then, when the old request can no longer be under way.
 */
export class Upserts {
  readonly #client: Pick<InfluxClient, "write" | "unanswered">;
  readonly #config: InfluxTelemetryConfig;
  readonly #clock: Clock;
  /** The newest line of each doubtful point. */
  readonly #doubtful = new Map<string, string>();
  /** When the server first answered again; null: it has not. */
  #answeredAt: Ms | null = null;

  constructor(
    client: Pick<InfluxClient, "write" | "unanswered">,
    config: InfluxTelemetryConfig,
    clock: Clock,
  ) {
    this.#client = client;
    this.#config = config;
    this.#clock = clock;
  }

  get doubtful(): number {
    return this.#doubtful.size;
  }

  /** Throws when the server cannot be asked; a line that it refuses is the caller's to judge. */
  async write(lines: readonly string[]): Promise<readonly LineOutcome[]> {
    const before = this.#client.unanswered();
    const written = await writeLines(this.#client, AGGREGATE_POLICY, lines, this.#config);
    const isDoubtful = this.#client.unanswered() !== before;
    if (isDoubtful || this.#doubtful.size > 0) {
      for (const line of lines) {
        const key = keyOf(line);
        if (isDoubtful || this.#doubtful.has(key)) this.#doubtful.set(key, line);
      }
    }
    if (isDoubtful) this.#answeredAt = null;
    if (written.failure !== null) throw written.failure;
    if (lines.length > 0) this.#answeredAt ??= this.#clock.monotonic();
    return written.outcomes;
  }

  /** Writes lines of which each must be stored. */
  async writeAll(lines: readonly string[]): Promise<void> {
    for (const outcome of await this.write(lines)) {
      if (typeof outcome === "string" || isExpired(outcome.refused)) continue;
      const message = `Cannot store a minute or an episode: ${outcome.refused}; the others are stored`;
      throw new IaiError("TELEMETRY_REJECTED", message);
    }
  }

  /** Writes the doubtful points once more if it is time. */
  async settle(): Promise<void> {
    if (this.#doubtful.size === 0) return;
    if (this.#answeredAt === null) {
      // Nothing else is written that would tell whether the server is there again.
      await this.write([...this.#doubtful.values()].slice(0, 1));
      return;
    }
    if (this.#clock.monotonic() - this.#answeredAt < this.#config.timeoutMs) return;
    const lines = [...this.#doubtful.values()];
    this.#doubtful.clear();
    await this.write(lines);
  }
}

/** What is older than its policy would be deleted at once: as good as stored. */
export const isExpired = (reason: string): boolean => /beyond retention policy/.test(reason);

/** Series and time of a line, which name its point; tags have no spaces. */
function keyOf(line: string): string {
  return line.slice(0, line.indexOf(" ")) + line.slice(line.lastIndexOf(" "));
}
