import { parentPort, workerData } from "node:worker_threads";
import { describeFailure } from "./errors.ts";
import {
  SqlConnection,
  type SqlReply,
  type SqlRequest,
  type SqlWorkerOptions,
} from "./sql-connection.ts";

// Executes SQL on a thread of its own, so that an fsync never stops the main one.
function serve(options: SqlWorkerOptions): void {
  const connections = Array.from({ length: options.lanes }, () => new SqlConnection(options));
  const answer = (request: SqlRequest): SqlReply => {
    try {
      const connection = connections[request.lane];
      if (connection === undefined) throw new Error(`there is no lane ${request.lane}`);
      return { id: request.id, ok: true, result: connection.run(request) };
    } catch (failure) {
      return { id: request.id, ok: false, failure: describeFailure(failure) };
    }
  };
  parentPort?.on("message", (requests: readonly SqlRequest[] | "close") => {
    if (requests === "close") {
      for (const connection of connections) connection.close();
      parentPort?.close();
      return;
    }
    parentPort?.postMessage(requests.map(answer));
  });
}

try {
  serve(workerData as SqlWorkerOptions);
  parentPort?.postMessage({ opened: true });
} catch (failure) {
  parentPort?.postMessage({ opened: false, failure: describeFailure(failure) });
  parentPort?.close();
}
