import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "mysql2";
import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { createRandom } from "../../../kernel/random.ts";
import { retry } from "../../../kernel/retry.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import type { Migration } from "../sql/migrations/migration.ts";
import { openSession } from "../sql/session.ts";
import { createStatements, type Statements } from "../sql/statements.ts";
import { createTransaction } from "../sql/transaction.ts";
import { mysqlDialect } from "./codec.ts";
import type { MysqlRecordStoreConfig } from "./config.ts";
import { isWorthRepeating, MysqlFailure, recordsError } from "./errors.ts";
import { createLanes } from "./lanes.ts";
import { migrate } from "./migrate.ts";
import { type ConnectMysql, createConnector, type MysqlConnection } from "./mysql-connection.ts";

export interface MysqlRecordStoreDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Default: those of this program. */
  readonly migrations?: readonly Migration[];
}

/** Waits between attempts of one transaction; others hold its rows for milliseconds. */
const AGAIN = { baseMs: 5, maxMs: 1_000 };
/** Waits for a server that is not there yet. */
const START = { baseMs: 200, maxMs: 2_000, attempts: null };

/**
 * The records in MySQL, shared by all processes.
 * - Isolation is SERIALIZABLE, and what a transaction reads it locks at once, so that two which read a row and then
 *   change it follow each other. Dead locks, rows that are held too long and connections that break before the commit
 *   undo a transaction; then the whole work runs again.
 * - A commit whose answer is lost may have been stored: RECORDS_UNREACHABLE says so, and it is not repeated here.
 * - Reads have connections of their own: they see the moment of their first statement and lock nothing.
 * - Durability is the server's (`innodb_flush_log_at_trx_commit`): `log` and `full` are the same.
 */
export async function openMysqlRecordStore(
  config: MysqlRecordStoreConfig,
  deps: MysqlRecordStoreDeps,
): Promise<RecordStore> {
  const { clock, log } = deps;
  const connect = await createConnector(await connectionOptions(config, log), clock);
  const seed = await prepare(connect, config, deps);
  const statements = createStatements(mysqlDialect);
  const random = createRandom(seed);
  const closing = new AbortController();
  const { waitingMax, statementTimeoutMs } = config;
  const lanes = (places: number, action: string, session: readonly string[]) =>
    createLanes({
      ...{ clock, waitingMax, statementTimeoutMs, places, action },
      connect: () => connect(session),
    });
  const writers = lanes(config.writeConnections, "change the records", writing(config));
  const readers = lanes(config.readConnections, "read the records", reading);
  const repeated = <R>(action: string, work: () => Promise<R>): Promise<R> =>
    retry(work, {
      clock,
      policy: { ...AGAIN, attempts: config.attemptsMax },
      signal: closing.signal,
      random: random.next,
      isRetryable: isWorthRepeating,
      onRetry: (failure, attempt, waitMs) =>
        log.warn("records.repeated", { attempt, waitMs, reason: String(failure) }),
    }).catch((failure: unknown) => {
      throw translate(failure, action);
    });
  const read: RecordStore["read"] = (work) =>
    repeated("read the records", () =>
      readers.use((connection) => runRead(connection, statements, work)),
    );
  let closed: Promise<void> | null = null;

  return {
    capabilities: { sharedBetweenProcesses: true },
    transaction: (work) =>
      repeated("change the records", () =>
        writers.use((connection) => runTransaction(connection, statements, work)),
      ),
    read,
    health: () => repeated("read the records", () => readers.use(healthOf)),
    backup: async () => {
      const reason = "MySQL has its own tool, mysqldump --single-transaction";
      throw new IaiError("UNSUPPORTED", `Cannot write a backup: ${reason}, nothing was written`);
    },
    close: () => {
      closed ??= (async () => {
        closing.abort();
        await Promise.all([writers.close(), readers.close()]);
        log.info("records.closed", { host: config.host, database: config.database });
      })();
      return closed;
    },
  };
}

/** The server's own settings for all must not matter. */
const common = ["time_zone = '+00:00'", "sql_mode = 'STRICT_ALL_TABLES'"];

/** Nothing is committed but by COMMIT: a statement that follows a dead lock must not stand alone. */
const writing = ({ lockWaitS }: MysqlRecordStoreConfig): readonly string[] => [
  ...common,
  "autocommit = 0",
  "transaction_isolation = 'SERIALIZABLE'",
  `innodb_lock_wait_timeout = ${lockWaitS}`,
];

const reading = [
  ...common,
  "autocommit = 0",
  "transaction_isolation = 'REPEATABLE-READ'",
  "transaction_read_only = 1",
];

/** The search index must find words with an `a` in it, which the parser otherwise leaves out. */
const migrating = [...common, "autocommit = 1", "innodb_ft_enable_stopword = 0"];

async function connectionOptions(config: MysqlRecordStoreConfig, log: Log) {
  const { host, port, database, user, connectTimeoutMs } = config;
  const password =
    config.passwordFile === null ? config.password : await readSecretFile(config.passwordFile, log);
  const options: ConnectionOptions = {
    ...{ database, user, connectTimeout: connectTimeoutMs },
    ...(password === null ? {} : { password }),
    ...(config.tls ? { ssl: await tlsOptions(config) } : {}),
  };
  return { ...options, host, port };
}

async function tlsOptions({ tlsCaFile }: MysqlRecordStoreConfig) {
  const checked = { verifyIdentity: true, rejectUnauthorized: true, minVersion: "TLSv1.2" };
  if (tlsCaFile === null) return checked;
  try {
    return { ...checked, ca: await readFile(tlsCaFile, "utf8") };
  } catch (cause) {
    const message = `Cannot start: the certificate file "${tlsCaFile}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}

/** Waits for the server, brings its tables up to date, and looks at what it promises. */
async function prepare(
  connect: ConnectMysql,
  config: MysqlRecordStoreConfig,
  { clock, log, migrations }: MysqlRecordStoreDeps,
): Promise<number> {
  const until = clock.monotonic() + config.openTimeoutMs;
  const place = `"${config.database}" at ${config.host}:${config.port}`;
  const connection = await retry(() => connect(migrating), {
    ...{ clock, policy: START, signal: new AbortController().signal, random: () => 0 },
    isRetryable: (failure) =>
      failure instanceof MysqlFailure && failure.outcome === "away" && clock.monotonic() < until,
    onRetry: (failure, attempt) =>
      log.warn("records.awaited", { attempt, reason: String(failure) }),
  }).catch((failure: unknown) => {
    throw translate(failure, `open the records in ${place}`);
  });
  try {
    await migrate(connection, migrations);
    await warnOfWeakCommits(connection, log);
    return connection.id;
  } catch (failure) {
    const fate = "the next start goes on where it ended";
    throw translate(failure, `bring the tables in ${place} up to date`, fate);
  } finally {
    await connection.close();
  }
}

async function warnOfWeakCommits(connection: MysqlConnection, log: Log): Promise<void> {
  const sql = "SELECT @@innodb_flush_log_at_trx_commit";
  const { rows } = await connection.run({ sql, parameters: [], answer: "rows" });
  const flush = Number(rows[0]?.[0]);
  if (flush !== 1) log.warn("records.not_durable", { innodb_flush_log_at_trx_commit: flush });
}

async function runTransaction<R>(
  connection: MysqlConnection,
  statements: Statements,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  const session = openSession(connection.run);
  try {
    const result = await work(createTransaction({ statements, run: session.run, readOnly: false }));
    await session.end();
    if (session.wasUsed()) await connection.control("COMMIT", "commit");
    return result;
  } catch (failure) {
    await session.abandon();
    if (connection.isOpen()) await rollback(connection);
    // Whatever the work made of a dead lock: it runs again.
    throw isWorthRepeating(session.failure()) ? session.failure() : failure;
  }
}

async function runRead<R>(
  connection: MysqlConnection,
  statements: Statements,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  const session = openSession(connection.run);
  try {
    return await work(createTransaction({ statements, run: session.run, readOnly: true }));
  } finally {
    await session.abandon();
    // Not waited for: the next reader's statements follow it on the connection.
    if (session.wasUsed()) void rollback(connection);
  }
}

async function rollback(connection: MysqlConnection): Promise<void> {
  try {
    await connection.control("ROLLBACK");
  } catch (failure) {
    // The server undoes it when the connection is gone.
    connection.abort(failure instanceof Error ? failure : new Error(String(failure)));
  }
}

async function healthOf(connection: MysqlConnection) {
  const ask = async (sql: string): Promise<number> =>
    Number((await connection.run({ sql, parameters: [], answer: "rows" })).rows[0]?.[0] ?? 0);
  const schemaVersion = await ask("SELECT max(version) FROM schema_version");
  const bytes = await ask(
    "SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = database()",
  );
  await rollback(connection);
  return { schemaVersion, bytes };
}

function translate(failure: unknown, action: string, fate?: string): unknown {
  return failure instanceof MysqlFailure ? recordsError(failure, action, fate) : failure;
}
