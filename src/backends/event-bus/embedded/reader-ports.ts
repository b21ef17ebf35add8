import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { ConsumerPositions } from "./consumer-positions.ts";
import type { EndMessage, LogReaderToken, ReaderMessage } from "./log-reader.ts";

/** The readers of the log in other threads: they are told how far it goes, and tell what they have confirmed. */
export class ReaderPorts {
  readonly #path: string;
  readonly #positions: ConsumerPositions;
  readonly #ports = new Set<MessagePort>();

  constructor(path: string, positions: ConsumerPositions) {
    this.#path = path;
    this.#positions = positions;
  }

  open(end: number): LogReaderToken {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (message: ReaderMessage) => {
      this.#hear(port1, message);
    });
    port1.on("close", () => {
      this.#ports.delete(port1);
      this.#positions.forget(port1);
    });
    this.#ports.add(port1);
    return { path: this.#path, port: port2, end };
  }

  announce(end: EndMessage): void {
    for (const port of this.#ports) port.postMessage(end);
  }

  close(): void {
    this.announce(null);
    for (const port of this.#ports) port.close();
  }

  #hear(port: MessagePort, message: ReaderMessage): void {
    switch (message.tell) {
      case "confirm":
        this.#positions.confirm(message.group, message.position);
        break;
      case "begin":
        this.#positions.begin(port, message.subscription, message);
        break;
      case "end":
        this.#positions.end(port, message.subscription);
        break;
    }
  }
}
