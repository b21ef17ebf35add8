import { chmod, open, rename, rm, stat } from "node:fs/promises";
import type { Clock } from "../../../kernel/clock.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { isBusy, recordsError } from "./errors.ts";
import { openSqlChannel, type SqlChannel, SqlError, type SqlStatement } from "./sql-channel.ts";
import { createTransaction } from "./transaction.ts";

export interface SqliteRecordStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

const READ_LANES = 4;
/** Transactions and reads that may wait for their turn; beyond it QUEUE_FULL. */
const WAITING_MAX = 10_000;
/** The writer asks often and briefly; another process may hold the file for all of `BUSY_TOTAL_MS`. */
const BUSY_STEP_MS = 25;
const BUSY_TOTAL_MS = 5_000;

type Durability = "full" | "log";

/**
 * The records in one SQLite file (WAL).
 * - Writes go one after another over one connection on one thread; another process (the CLI) may write in
 *   between, each waits for the other at most five seconds.
 * - Reads have connections and a thread of their own: each sees the moment of its first statement.
 */
export async function openSqliteRecordStore(
  options: SqliteRecordStoreOptions,
): Promise<RecordStore> {
  const { path } = options;
  await createPrivateFile(path);
  const writer = await openSqlChannel({
    path,
    role: "writer",
    lanes: 1,
    busyTimeoutMs: BUSY_STEP_MS,
  });
  const reader = await openReader(path, writer);
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "change the records" });
  const readTurns = createTurns({
    places: READ_LANES,
    waitingMax: WAITING_MAX,
    action: "read the records",
  });
  let closing: Promise<void> | null = null;

  return {
    capabilities: { sharedBetweenProcesses: true },
    transaction: (work, { durability = "full" } = {}) =>
      turns.use((lane) => runTransaction({ channel: writer, lane, durability }, work)),
    read: (work) => readTurns.use((lane) => runRead(reader, lane, work)),
    health: () => readTurns.use((lane) => health(reader, lane, path)),
    backup: (target) => backup(path, target),
    close: () => {
      closing ??= (async () => {
        await Promise.all([turns.drain(), readTurns.drain()]);
        await Promise.all([writer.close(), reader.close()]);
        options.log.info("records.closed", { path });
      })();
      return closing;
    },
  };
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

async function openReader(path: string, writer: SqlChannel): Promise<SqlChannel> {
  try {
    return await openSqlChannel({
      path,
      role: "reader",
      lanes: READ_LANES,
      busyTimeoutMs: BUSY_TOTAL_MS,
    });
  } catch (failure) {
    await writer.close();
    throw failure;
  }
}

const control = (sql: string): SqlStatement => ({ sql, parameters: [], inside: false });

interface Place {
  readonly channel: SqlChannel;
  readonly lane: number;
  readonly durability: Durability;
}

async function runTransaction<R>(
  place: Place,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  const { channel, lane } = place;
  await begin(place);
  const session = openSession(channel, lane);
  try {
    const result = await work(createTransaction(session.run));
    await session.end();
    await channel.run(lane, { ...control("COMMIT"), inside: true });
    return result;
  } catch (failure) {
    session.abandon();
    await channel.run(lane, { ...control("ROLLBACK"), inside: true }).catch(() => undefined);
    throw translate(failure, "change the records");
  }
}

/** Takes the write lock, asking again while another process holds it. */
async function begin({ channel, lane, durability }: Place): Promise<void> {
  // In WAL, NORMAL leaves the fsync to the next full commit or checkpoint.
  const synchronous = durability === "full" ? "FULL" : "NORMAL";
  for (let waitedMs = 0; ; waitedMs += BUSY_STEP_MS) {
    try {
      const prepared = channel.run(lane, control(`PRAGMA synchronous = ${synchronous}`));
      const begun = channel.run(lane, control("BEGIN IMMEDIATE"));
      await Promise.all([prepared, begun]);
      return;
    } catch (failure) {
      const again = failure instanceof SqlError && isBusy(failure.failure);
      if (!again || waitedMs >= BUSY_TOTAL_MS) throw translate(failure, "change the records");
    }
  }
}

async function runRead<R>(
  channel: SqlChannel,
  lane: number,
  work: (tx: RecordTransaction) => Promise<R>,
): Promise<R> {
  const begun = channel.run(lane, control("BEGIN"));
  const session = openSession(channel, lane);
  try {
    const result = await work(createTransaction(session.run));
    await begun;
    return result;
  } catch (failure) {
    await begun.catch(() => undefined);
    throw translate(failure, "read the records");
  } finally {
    session.abandon();
    channel.run(lane, control("ROLLBACK")).catch(() => undefined);
  }
}

/** Statements of one transaction: refused after its end, and one that failed dooms the whole. */
function openSession(channel: SqlChannel, lane: number) {
  let over = false;
  let failure: unknown = null;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (statement: SqlStatement) => {
      if (over)
        return Promise.reject(new IaiError("INTERNAL", "Cannot use a transaction after its end"));
      const running = channel.run(lane, statement);
      last = running.catch((cause: unknown) => {
        failure ??= cause;
      });
      return running;
    },
    /** Answers come in order: after the last one, all are known. */
    end: async () => {
      over = true;
      await last;
      if (failure !== null) throw failure;
    },
    abandon: () => {
      over = true;
    },
  };
}

function translate(failure: unknown, action: string): unknown {
  return failure instanceof SqlError ? recordsError(failure.failure, action) : failure;
}

async function health(channel: SqlChannel, lane: number, path: string) {
  try {
    const { rows } = await channel.run(lane, control("SELECT max(version) FROM schema_version"));
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
  const channel = await openSqlChannel({
    path,
    role: "copier",
    lanes: 1,
    busyTimeoutMs: BUSY_TOTAL_MS,
  });
  try {
    const parameters = [partial];
    await channel.run(0, { sql: "VACUUM INTO ?", parameters, inside: false });
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
