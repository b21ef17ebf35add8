import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Clock } from "../../../kernel/clock.ts";
import type { Ms } from "../../../model/basics.ts";
import type { ConsumerPositions } from "./consumer-positions.ts";
import type { EndMessage, LogReaderToken, ReaderMessage } from "./log-reader.ts";

interface Reader {
  /** Shortest time between two announcements. */
  readonly paceMs: Ms;
  saidAt: Ms;
  said: EndMessage;
  /** True while a later announcement is planned. */
  waiting: boolean;
}

/**
 * The readers of the log in other threads: they are told how far it goes, and tell what they have confirmed.
 * Waking a thread costs more than what it then does for a few records, so each reader has its pace: the first
 * news after a pause goes at once, later ones together.
 */
export class ReaderPorts {
  readonly #path: string;
  readonly #positions: ConsumerPositions;
  readonly #clock: Clock;
  readonly #readers = new Map<MessagePort, Reader>();
  #end: EndMessage = 0;

  constructor(path: string, positions: ConsumerPositions, clock: Clock) {
    this.#path = path;
    this.#positions = positions;
    this.#clock = clock;
  }

  open(end: number, paceMs: Ms): LogReaderToken {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (message: ReaderMessage) => {
      this.#hear(port1, message);
    });
    port1.on("close", () => {
      this.#readers.delete(port1);
      this.#positions.forget(port1);
    });
    const saidAt = Number.NEGATIVE_INFINITY;
    this.#readers.set(port1, { paceMs, saidAt, said: end, waiting: false });
    return { path: this.#path, port: port2, end };
  }

  announce(end: number): void {
    this.#end = end;
    const now = this.#clock.monotonic();
    for (const [port, reader] of this.#readers) {
      if (reader.waiting) continue;
      const waitMs = reader.saidAt + reader.paceMs - now;
      if (waitMs <= 0) this.#say(port, reader);
      else void this.#sayLater(port, reader, waitMs);
    }
  }

  close(): void {
    this.#end = null;
    for (const [port, reader] of this.#readers) {
      this.#say(port, reader);
      port.close();
    }
    this.#readers.clear();
  }

  async #sayLater(port: MessagePort, reader: Reader, waitMs: Ms): Promise<void> {
    reader.waiting = true;
    await this.#clock.sleep(waitMs);
    reader.waiting = false;
    if (this.#readers.has(port) && reader.said !== this.#end) this.#say(port, reader);
  }

  #say(port: MessagePort, reader: Reader): void {
    reader.saidAt = this.#clock.monotonic();
    reader.said = this.#end;
    port.postMessage(this.#end);
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
