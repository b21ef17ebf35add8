import { chmod, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import type { Clock } from "../../../kernel/clock.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { startCheckpoints } from "./checkpoints.ts";
import { describeFailure, isBusy, recordsError } from "./errors.ts";
import { openLocalChannel } from "./local-channel.ts";
import {
  openFailure,
  openSqlChannel,
  type SqlChannel,
  SqlError,
  type SqlStatement,
} from "./sql-channel.ts";
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
  const { writer, reader } = openChannels(path);
  const wal = await open(`${path}-wal`, "a");
  const checkpoints = await startCheckpoints({ ...options, busyTimeoutMs: BUSY_TOTAL_MS });
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "change the records" });
  const readTurns = createTurns({
    places: READ_LANES,
    waitingMax: WAITING_MAX,
    action: "read the records",
  });
  let closing: Promise<void> | null = null;

  return {
    capabilities: { sharedBetweenProcesses: true },
    transaction: async (work, { durability = "full" } = {}) => {
      const result = await turns.use((lane) => runTransaction({ channel: writer, lane }, work));
      if (durability === "full") await sync(wal);
      return result;
    },
    read: (work) => readTurns.use((lane) => runRead(reader, lane, work)),
    health: () => readTurns.use((lane) => health(reader, lane, path)),
    backup: (target) => backup(path, target),
    close: () => {
      closing ??= (async () => {
        await Promise.all([turns.drain(), readTurns.drain()]);
        await checkpoints.close();
        await reader.close();
        await writer.close();
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

function openChannels(path: string): { readonly writer: SqlChannel; readonly reader: SqlChannel } {
  let writer: SqlChannel | null = null;
  try {
    writer = openLocalChannel({ path, role: "writer", lanes: 1, busyTimeoutMs: BUSY_STEP_MS });
    const busyTimeoutMs = BUSY_TOTAL_MS;
    return {
      writer,
      reader: openLocalChannel({ path, role: "reader", lanes: READ_LANES, busyTimeoutMs }),
    };
  } catch (failure) {
    void writer?.close();
    throw openFailure(describeFailure(failure), path);
  }
}

const control = (sql: string): SqlStatement => ({ sql, parameters: [], inside: false });

interface Place {
  readonly channel: SqlChannel;
  readonly lane: number;
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
async function begin({ channel, lane }: Place): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += BUSY_STEP_MS) {
    try {
      await channel.run(lane, control("BEGIN IMMEDIATE"));
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
