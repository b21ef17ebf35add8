import { connect as connectSocket, type Socket } from "node:net";
import type { Connection, ConnectionOptions, QueryError, ResultSetHeader } from "mysql2";
import type { Clock } from "../../../kernel/clock.ts";
import type { Ms } from "../../../model/basics.ts";
import type { SqlResult, SqlStatement } from "../sql/statement.ts";
import { describeFailure, isTakenKey, type MysqlPhase } from "./errors.ts";

/** One connection; statements run in the order of the calls. Every failure is a `MysqlFailure`. */
export interface MysqlConnection {
  /** The server's number of this connection. */
  readonly id: number;
  run(statement: SqlStatement): Promise<SqlResult>;
  /** A statement without parameters and without an answer. */
  control(sql: string, phase?: MysqlPhase): Promise<void>;
  /** False once the connection itself has failed. */
  isOpen(): boolean;
  /** How long it has waited for an answer; 0: it waits for none. */
  silentMs(): Ms;
  /** Breaks it at once: what is under way fails with `reason`. */
  abort(reason: Error): void;
  /** Says good-bye after the statements that are under way. */
  close(): Promise<void>;
}

export type ConnectMysql = (session: readonly string[]) => Promise<MysqlConnection>;

/** Statements that the server keeps prepared for one connection. */
const PREPARED_MAX = 300;

/** What is the same for all connections; loads the driver. `session` are assignments of `SET SESSION`. */
export async function createConnector(
  options: ConnectionOptions & { readonly host: string; readonly port: number },
  clock: Clock,
): Promise<ConnectMysql> {
  const { createConnection } = await import("mysql2");
  return async (session) => {
    // A socket of our own can be broken; the driver only asks the server to end, and one that hangs never does.
    const socket = connectSocket({
      host: options.host,
      port: options.port,
      noDelay: true,
      keepAlive: true,
    });
    const driver = createConnection({
      ...options,
      stream: () => socket,
      timezone: "Z",
      jsonStrings: true,
      maxPreparedStatements: PREPARED_MAX,
    });
    const connection = wrap(driver, socket, clock);
    try {
      await connection.ready();
      if (session.length > 0) await connection.control(`SET SESSION ${session.join(", ")}`);
      return connection;
    } catch (failure) {
      socket.destroy();
      throw describeFailure(failure, "connect");
    }
  };
}

type Done<R> = (failure: QueryError | null, result?: R) => void;

function wrap(driver: Connection, socket: Socket, clock: Clock) {
  let isOpen = true;
  let pending = 0;
  /** When something was asked of a connection that waited for nothing, or answered since. */
  let heardAt: Ms = 0;
  // The driver tells a failure here when no statement is under way.
  driver.on("error", () => {
    isOpen = false;
  });
  socket.on("close", () => {
    isOpen = false;
  });

  const ask = <R>(phase: MysqlPhase, send: (done: Done<R>) => void): Promise<R | undefined> =>
    new Promise((resolve, reject) => {
      if (pending === 0) heardAt = clock.monotonic();
      pending += 1;
      let isDone = false; // A closed connection answers twice.
      send((cause, result) => {
        if (!isDone) pending -= 1;
        isDone = true;
        heardAt = clock.monotonic();
        if (cause === null) return resolve(result);
        const failure = describeFailure(cause, phase);
        if (failure.outcome !== "refused" && failure.outcome !== "undone") isOpen = false;
        reject(failure);
      });
    });

  return {
    get id() {
      return driver.threadId ?? 0;
    },
    ready: () => ask("connect", (done) => driver.connect(done)),
    run: async ({ sql, parameters, answer }: SqlStatement): Promise<SqlResult> => {
      try {
        const options = { sql, values: [...parameters], rowsAsArray: true };
        const given = await ask<unknown>("statement", (done) => driver.execute(options, done));
        return resultOf(given, answer);
      } catch (failure) {
        if (answer === "inserted" && isTakenKey(failure)) return { rows: [], changes: 0 };
        throw failure;
      }
    },
    control: async (sql: string, phase: MysqlPhase = "statement"): Promise<void> => {
      await ask<unknown>(phase, (done) => driver.query(sql, done));
    },
    isOpen: () => isOpen,
    silentMs: () => (pending === 0 ? 0 : clock.monotonic() - heardAt),
    abort: (reason: Error): void => {
      isOpen = false;
      socket.destroy(reason);
    },
    close: async (): Promise<void> => {
      if (isOpen)
        await ask<unknown>("statement", (done) => driver.end(done)).catch(() => undefined);
      isOpen = false;
      socket.destroy();
    },
  };
}

function resultOf(given: unknown, answer: SqlStatement["answer"]): SqlResult {
  if (Array.isArray(given)) return { rows: given as unknown[][], changes: 0 };
  const { affectedRows, insertId } = given as ResultSetHeader;
  return { rows: answer === "counter" ? [[insertId]] : [], changes: affectedRows };
}
