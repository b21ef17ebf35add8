import { parentPort, workerData } from "node:worker_threads";
import { describeFailure, SqlError, type SqlFailure } from "./errors.ts";
import type { SqlReply, SqlRequest } from "./sql-channel.ts";
import { openSqlConnection, type SqlConnectionOptions } from "./sql-connection.ts";

// Executes SQL on a thread of its own, so that an fsync never stops the main one.
function serve(options: SqlConnectionOptions): void {
  const connection = openSqlConnection(options);
  const answer = ({ id, statement }: SqlRequest): SqlReply => {
    try {
      return { id, ok: true, result: connection.run(statement) };
    } catch (failure) {
      return { id, ok: false, failure: failureOf(failure) };
    }
  };
  parentPort?.on("message", (requests: readonly SqlRequest[] | "close") => {
    if (requests === "close") {
      connection.close();
      parentPort?.close();
      return;
    }
    parentPort?.postMessage(requests.map(answer));
  });
}

function failureOf(failure: unknown): SqlFailure {
  return failure instanceof SqlError ? failure.failure : describeFailure(failure);
}

try {
  serve(workerData as SqlConnectionOptions);
  parentPort?.postMessage({ opened: true });
} catch (failure) {
  parentPort?.postMessage({ opened: false, failure: failureOf(failure) });
  parentPort?.close();
}
