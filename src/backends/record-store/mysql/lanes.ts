import type { Clock } from "../../../kernel/clock.ts";
import type { Closable } from "../../../kernel/lifecycle.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { Ms } from "../../../model/basics.ts";
import { NoAnswer } from "./errors.ts";
import type { MysqlConnection } from "./mysql-connection.ts";

export interface LanesOptions {
  readonly clock: Clock;
  readonly places: number;
  readonly waitingMax: number;
  readonly statementTimeoutMs: Ms;
  /** What a refused user cannot do, e.g. `read the records`. */
  readonly action: string;
  readonly connect: () => Promise<MysqlConnection>;
}

/** Connections that are made when they are needed and made anew when they have failed. */
export interface Lanes extends Closable {
  /** QUEUE_FULL beyond the bound, SHUTTING_DOWN after `close`; the work was not begun. */
  use<R>(work: (connection: MysqlConnection) => Promise<R>): Promise<R>;
}

const WATCH_MS = 1_000;

export function createLanes(options: LanesOptions): Lanes {
  const { clock, statementTimeoutMs, connect } = options;
  const turns = createTurns(options);
  const connections = new Map<number, MysqlConnection>();
  const closing = new AbortController();

  const connectionAt = async (place: number): Promise<MysqlConnection> => {
    const known = connections.get(place);
    if (known?.isOpen() === true) return known;
    connections.delete(place);
    const fresh = await connect();
    connections.set(place, fresh);
    return fresh;
  };
  // One look at all of them costs less than a timer for each statement.
  const watching = (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(Math.min(WATCH_MS, statementTimeoutMs), closing.signal);
      for (const connection of connections.values()) {
        if (connection.silentMs() > statementTimeoutMs)
          connection.abort(new NoAnswer(statementTimeoutMs));
      }
    }
  })();

  return {
    use: (work) => turns.use(async (place) => work(await connectionAt(place))),
    close: async () => {
      await turns.drain();
      closing.abort();
      await watching;
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}
