/** A configuration document as it was found: nested keys, not yet validated. */
export interface ConfigDocument {
  readonly values: Readonly<Record<string, unknown>>;
  /** Named in error messages, e.g. `iai.yaml`. */
  readonly origin: string;
}

/**
 * Where configuration comes from.
 * - `load` gives the present document, an empty one where there is none; CONFIG_UNREADABLE or, where it lies on
 *   another machine, CONFIG_UNREACHABLE otherwise.
 * - `changes` yields each later document, in order, and ends when the signal aborts. A document that cannot be
 *   read is skipped and told to `onBroken`; the last good one stays in force.
 */
export interface ConfigSource {
  load(): Promise<ConfigDocument>;
  changes(signal: AbortSignal, onBroken: (failure: unknown) => void): AsyncIterable<ConfigDocument>;
  close(): Promise<void>;
}
