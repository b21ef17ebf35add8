import { chmod, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import type { Clock } from "../../../kernel/clock.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { Ms } from "../../../model/basics.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { openSession, type SqlSession } from "../sql/session.ts";
import type { SqlStatement } from "../sql/statement.ts";
import { createStatements, type Statements } from "../sql/statements.ts";
import { createTransaction } from "../sql/transaction.ts";
import { startCheckpoints } from "./checkpoints.ts";
import { sqliteDialect } from "./dialect.ts";
import { isBusy, recordsError, SqlError } from "./errors.ts";
import { openFailure, openSqlChannel } from "./sql-channel.ts";
import { openSqlConnection, type SqlConnection } from "./sql-connection.ts";

export interface SqliteRecordStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

const READ_LANES = 4;
/** Transactions and reads that may wait for their turn; beyond it QUEUE_FULL. */
const WAITING_MAX = 10_000;
/** The writer asks often and briefly; another process may hold the file for all of `BUSY_TOTAL_MS`. */
const BUSY_STEP_MS = 10;
const BUSY_TOTAL_MS = 5_000;

/**
 * The records in one SQLite file (WAL).
 * - Statements run on this thread: they are short, and a message to another thread costs more than they do. What
 *   waits for the disk does not run here: a full commit is synced by the thread pool, checkpoints by a worker.
 * - Writes go one after another over one connection; another process (the CLI) may write in between, each waits
 *   for the other at most five seconds.
 * - Reads have connections of their own: each sees the moment of its first statement.
 */
export async function openSqliteRecordStore(
  options: SqliteRecordStoreOptions,
): Promise<RecordStore> {
  const { path } = options;
  await createPrivateFile(path);
  const statements = createStatements(sqliteDialect);
  const { writer, readers } = openConnections(path);
  const wal = await open(`${path}-wal`, "a");
  const checkpoints = await startCheckpoints({ ...options, busyTimeoutMs: BUSY_TOTAL_MS });
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "change the records" });
  const readTurns = createTurns({
    places: READ_LANES,
    waitingMax: WAITING_MAX,
    action: "read the records",
  });
  const withReader = <R>(use: (connection: SqlConnection) => Promise<R>): Promise<R> =>
    readTurns.use((lane) => use(readers[lane] ?? writer));
  let closing: Promise<void> | null = null;

  return {
    capabilities: { sharedBetweenProcesses: true },
    transaction: async (work, { durability = "full" } = {}) => {
      const result = await turns.use(() => runTransaction(writer, statements, work));
      if (durability === "full") await sync(wal);
      return result;
    },
    read: (work) => withReader((reader) => runRead(reader, statements, work)),
    health: () => withReader((reader) => health(reader, path)),
    backup: (target) => backup(path, target),
    close: () => {
      closing ??= (async () => {
        await Promise.all([turns.drain(), readTurns.drain()]);
        await checkpoints.close();
        for (const connection of [...readers, writer]) connection.close();
        await wal.close();
        options.log.info("records.closed", { path });
      })();
      return closing;
    },
  };
}

/** Everything committed before is on the disk when it resolves: the write-ahead log holds it all, in order. */
async function sync(wal: FileHandle): Promise<void> {
  try {
    await wal.datasync();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot make a change of the records durable: ${reason}; it is visible but may not survive power loss`;
    throw new IaiError("STORAGE_IO_ERROR", message, { cause });
  }
}

/** The file holds password hashes: nobody else may read it. */
async function createPrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, "a", 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot open the records "${path}": ${reason}, nothing was changed`;
    throw new IaiError("RECORDS_UNREACHABLE", message, { cause });
  }
}

interface Connections {
  readonly writer: SqlConnection;
  readonly readers: readonly SqlConnection[];
}

function openConnections(path: string): Connections {
  const opened: SqlConnection[] = [];
  const open = (role: "writer" | "reader", busyTimeoutMs: Ms): SqlConnection => {
    const connection = openSqlConnection({ path, role, busyTimeoutMs });
    opened.push(connection);
    return connection;
  };
  try {
    const writer = open("writer", BUSY_STEP_MS);
    const readers = Array.from({ length: READ_LANES }, () => open("reader", BUSY_TOTAL_MS));
    return { writer, readers };
  } catch (failure) {
    for (const connection of opened) connection.close();
    if (failure instanceof SqlError) throw openFailure(failure.failure, path);
    throw failure;
  }
}

const control = (sql: string): SqlStatement => ({ sql, parameters: [], answer: "changes" });
const begin = control("BEGIN");
const beginWriting = control("BEGIN IMMEDIATE");
const commit = control("COMMIT");
const rollback = control("ROLLBACK");

async function runTransaction<R>(
  connection: SqlConnection,
  statements: Statements,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  takeWriteLock(connection);
  const session = openSession(connection.runInside);
  try {
    const tx = createTransaction({ statements, run: session.run, readOnly: false });
    const result = await work(tx);
    await session.end();
    connection.runInside(commit);
    return result;
  } catch (failure) {
    await session.abandon();
    endQuietly(connection);
    throw translate(failure, "change the records");
  }
}

/** Asks again while another process holds the lock. */
function takeWriteLock(connection: SqlConnection): void {
  for (let waitedMs = 0; ; waitedMs += BUSY_STEP_MS) {
    try {
      connection.run(beginWriting);
      return;
    } catch (failure) {
      const again = failure instanceof SqlError && isBusy(failure.failure);
      if (!again || waitedMs >= BUSY_TOTAL_MS) throw translate(failure, "change the records");
    }
  }
}

/** In a transaction also for one statement: it costs a quarter of a microsecond, and nobody knows if more follow. */
async function runRead<R>(
  connection: SqlConnection,
  statements: Statements,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  let session: SqlSession | null = null;
  try {
    connection.run(begin);
    session = openSession(connection.runInside);
    return await work(createTransaction({ statements, run: session.run, readOnly: true }));
  } catch (failure) {
    throw translate(failure, "read the records");
  } finally {
    await session?.abandon();
    endQuietly(connection);
  }
}

/** SQLite may have rolled back already by itself. */
function endQuietly(connection: SqlConnection): void {
  try {
    connection.runInside(rollback);
  } catch {
    // Then there is nothing to end.
  }
}

function translate(failure: unknown, action: string): unknown {
  return failure instanceof SqlError ? recordsError(failure.failure, action) : failure;
}

async function health(connection: SqlConnection, path: string) {
  try {
    const sql = "SELECT max(version) FROM schema_version";
    const { rows } = connection.run({ sql, parameters: [], answer: "rows" });
    const [main, wal] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`)]);
    return { schemaVersion: Number(rows[0]?.[0] ?? 0), bytes: main + wal };
  } catch (failure) {
    throw translate(failure, "read the records");
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0; // Not there: SQLite removes the WAL of a closed file.
  }
}

/** On a connection and a thread of its own, then renamed: a backup is there whole or not at all. */
async function backup(path: string, target: string): Promise<void> {
  if ((await sizeOf(target)) > 0) {
    const message = `Cannot write the backup: "${target}" exists, nothing was changed`;
    throw new IaiError("CONFLICT", message);
  }
  const partial = `${target}.partial`;
  await rm(partial, { force: true });
  const channel = await openSqlChannel({ path, role: "copier", busyTimeoutMs: BUSY_TOTAL_MS });
  try {
    await channel.run({ sql: "VACUUM INTO ?", parameters: [partial], answer: "changes" });
    await makeDurable(partial);
    await rename(partial, target);
  } catch (failure) {
    await rm(partial, { force: true });
    throw asIaiError(translate(failure, `write the backup "${target}"`), "write the backup");
  } finally {
    await channel.close();
  }
}

async function makeDurable(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}
