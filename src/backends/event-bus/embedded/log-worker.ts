import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { storageFailure } from "./errors.ts";
import { type LogStore, openLogStore } from "./log-store.ts";
import type { LogAnswer, LogRequest } from "./messages.ts";

// The sole writer of the log: an fsync that stalls holds up this thread and nobody else.
const port = parentPort as MessagePort;
const answer = (message: LogAnswer, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

function serve(store: LogStore, request: LogRequest): void {
  switch (request.ask) {
    case "append":
      store.append({ ...request, body: new Uint8Array(request.body, 0, request.bytes) });
      answer({ kind: "appended", body: request.body }, [request.body]);
      break;
    case "upkeep": {
      const more = store.upkeep(request.task);
      answer({ kind: "kept", state: store.state(), more });
      break;
    }
    case "close":
      store.close();
      answer({ kind: "closed" });
      port.close();
      break;
  }
}

try {
  const store = openLogStore(String(workerData));
  port.on("message", (request: LogRequest) => {
    try {
      serve(store, request);
    } catch (failure) {
      answer({ kind: "failed", failure: storageFailure(failure) });
    }
  });
  answer({ kind: "open", state: store.state(), groups: store.groups() });
} catch (failure) {
  answer({ kind: "failed", failure: storageFailure(failure) });
}
